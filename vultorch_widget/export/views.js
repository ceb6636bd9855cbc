// Plays the views of a page: unpacks the replays at its end and mounts a player in each view. Views inside an element
// of the class `plays` start automatically.
(() => {
  "use strict";
  const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;.=:?@^_`{|}~";

  // Decodes Python's base 85, in which characters with a meaning in HTML are replaced.
  function decoded(code) {
    const values = new Uint8Array(128);
    for (let i = 0; i < DIGITS.length; i++) values[DIGITS.charCodeAt(i)] = i;
    const groups = Math.ceil(code.length / 5);
    const bytes = new DataView(new ArrayBuffer(4 * groups));
    for (let group = 0; group < groups; group++) {
      let value = 0;
      for (let at = 5 * group; at < 5 * group + 5; at++) {
        value = 85 * value + (at < code.length ? values[code.charCodeAt(at)] : 84);
      }
      bytes.setUint32(4 * group, value);
    }
    return new Uint8Array(bytes.buffer, 0, 4 * groups - (5 * groups - code.length));
  }

  function unpacked(code) {
    const stream = new Blob([decoded(code)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  const packed = document.querySelectorAll("body > script.replay-data");
  const replays = [...packed].map((data) => unpacked(data.textContent));

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  async function mountView(figure) {
    const player = figure.querySelector(".view-player");
    try {
      const replay = await replays[Number(figure.dataset.replay)];
      figure.classList.add("is-live"); // before mounting: the player measures its available size
      const mounted = globalThis.vultorchReplay.mount(player, replay, figure.dataset.chosen);
      if (figure.closest(".plays") && !still) mounted.play();
    } catch (error) {
      figure.classList.remove("is-live");
      player.replaceChildren();
      const words = document.createElement("p");
      words.className = "view-absent";
      words.textContent = figure.dataset.unplayable.replace("{}", () => globalThis.vultorchReplay.reason(error));
      figure.querySelector(".view-still").append(words);
    }
  }

  globalThis.vultorchViews = { replays, unpacked };
  for (const figure of document.querySelectorAll("figure.view[data-replay]")) mountView(figure);
})();
