// The theme that was chosen, before anything is drawn: the rest of the page takes a moment to come.
// lib/settings.ts keeps it there, and follows it from then on. Browsers keep what is in assets for ever: a change
// of this file takes the next number as its name.
try {
  const theme = JSON.parse(localStorage.getItem("petit.theme"));
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage, or nothing of ours in it: the system's.
}
