// What the page does besides playing its views: copies code, hands out the notebook, changes the theme.
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

  // The notebook's file lies here in parts; what the page shows anyway is not in it a second time.
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
    // The views' own style sheet goes by JupyterLab's attribute, and by the system's theme where there is none.
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
      // The last headings may never come up to a third of the window: over the last screen the line goes to its end.
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

  // Beside the text the contents stand open, as the style sheet has it; above it they would push it away.
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
