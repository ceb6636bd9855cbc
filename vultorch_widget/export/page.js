// The page's script, apart from playing views: copies code, offers the notebook, changes the theme, marks the contents.
(() => {
  "use strict";
  const texts = (name) => [...document.querySelectorAll(`body > script.${name}`)].map((element) => element.textContent);
  const [labels] = texts("label-data").map(JSON.parse);

  function addCopyButtons() {
    for (const block of document.querySelectorAll("main .code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = labels.copy;
      button.addEventListener("click", () => copy(block.querySelector("code"), button));
      block.append(button);
    }
  }

  async function copy(code, button) {
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent.replace(/\n$/, ""));
    } catch {
      getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    button.textContent = done ? labels.copied : labels.not_copied;
    setTimeout(() => (button.textContent = labels.copy), 1500);
  }

  // The notebook's file is stored in parts, which refer to replays and pictures of the page instead of repeating them.
  async function notebook() {
    const { replays, unpacked } = globalThis.vultorchViews;
    const parts = JSON.parse(await unpacked(texts("notebook-data")[0]));
    const recorded = await Promise.all(replays);
    const pictures = new Map();
    for (const image of document.querySelectorAll("main img[data-shared]")) {
      pictures.set(image.dataset.shared, image.getAttribute("src").split(",")[1]);
    }
    const text = (part) => {
      if (typeof part === "string") return part;
      if ("shared" in part) return pictures.get(part.shared);
      return JSON.stringify(recorded[part.replay]).slice(1, -1);
    };
    return new Blob(parts.map(text), { type: "application/x-ipynb+json" });
  }

  function offerDownload() {
    const offer = document.querySelector(".bar .download");
    offer.addEventListener("click", async () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await notebook());
      link.download = offer.dataset.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  }

  function applyTheme(theme) {
    document.documentElement.dataset.theme = theme;
    // The views' style sheet follows JupyterLab's attribute or, without it, the system's theme.
    if (theme === "auto") delete document.body.dataset.jpThemeLight;
    else document.body.dataset.jpThemeLight = String(theme === "light");
  }

  function offerThemes() {
    const select = document.querySelector(".bar .theme-select");
    applyTheme(select.value);
    select.addEventListener("change", () => applyTheme(select.value));
  }

  function followReading() {
    const links = new Map();
    for (const link of document.querySelectorAll(".contents a")) {
      const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (heading) links.set(heading, link);
    }
    const mark = () => {
      // A heading is current above a line at 30% of the window. The last headings may never scroll up that far, so over
      // the last screen the line moves down to the end.
      const left = document.documentElement.scrollHeight - innerHeight - scrollY;
      const line = innerHeight * (0.3 + 0.7 * Math.max(0, 1 - left / innerHeight));
      let current;
      for (const heading of links.keys()) {
        if (heading.getBoundingClientRect().top < line) current = heading;
      }
      for (const [heading, link] of links) {
        if (heading === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    let waiting = false;
    const soon = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mark();
      });
    };
    addEventListener("scroll", soon, { passive: true });
    mark();
  }

  // Next to the text the contents are open; above it they are folded, so that they do not push it down.
  function foldContents() {
    const contents = document.querySelector(".contents details");
    const beside = matchMedia("(min-width: 1100px)");
    const fold = () => {
      if (contents) contents.open = beside.matches;
    };
    beside.addEventListener("change", fold);
    fold();
  }

  document.documentElement.classList.add("has-script");
  foldContents();
  offerThemes();
  addCopyButtons();
  offerDownload();
  followReading();
})();
