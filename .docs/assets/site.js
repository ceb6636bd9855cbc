// The views' style sheet goes by JupyterLab's attribute of the body; the site's theme switch sets one of the root.
(() => {
  const root = document.documentElement;
  const follow = () => {
    document.body.dataset.jpThemeLight = String(root.dataset.theme !== "dark");
  };
  new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  if (document.body) follow();
  else addEventListener("DOMContentLoaded", follow);
})();
