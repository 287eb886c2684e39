// Runs before the first paint (a classic script in <head>), so that a chosen theme never flashes.
(() => {
  try {
    const theme = localStorage.getItem("footnote.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's theme is then the right one.
  }
})();
