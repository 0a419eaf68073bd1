/** Put a text on the clipboard. False: this browser does not let us (plain HTTP from another machine). */
export async function copyText(text: string): Promise<boolean> {
  // Where the types promise it, plain HTTP has none.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard === undefined) return false;
  try {
    await clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
