import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../src/view/app";
import { NO_FRAME } from "../../src/view/recall";
import type { Control, Upload } from "../../src/wire/protocol";
import { canvas, FakeModel, FakeObserver, panel, scene, status, update } from "../hosts";
import { earlier } from "../saved";

describe("App", () => {
  let model: FakeModel;
  let app: App;

  const find = (selector: string) => app.element.querySelector(selector) as HTMLElement;
  const settled = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
    FakeObserver.all = [];
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("IntersectionObserver", FakeObserver);
    model = new FakeModel();
    app = new App(model);
    document.body.append(app.element);
    await settled();
  });

  afterEach(() => {
    app.destroy();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("reports that it is ready, and shows the panels of the answer", () => {
    expect(model.sent).toEqual([{ kind: "ready", protocol: expect.any(Number), client: expect.any(String) }]);
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(panel("GT"), panel("Output")));
    model.post(update({ status: status() }));
    expect(app.element.dataset.state).toBe("running");
    const canvases = [...app.element.querySelectorAll("canvas")].map((node) => node.dataset.vwCanvas);
    expect(canvases).toEqual(["GT/image", "Output/image"]);
    expect(find(".vw-title").textContent).toBe("Fit an image");
  });

  it("says calmly that no kernel answers, with the poster if the notebook has one", async () => {
    model.poster = "data:image/png;base64,AAAA";
    expect(find(".vw-empty").hidden).toBe(true);
    await vi.advanceTimersByTimeAsync(3000);
    expect(app.element.dataset.state).toBe("empty");
    expect(find(".vw-empty").textContent).toContain("run the cell");
    expect(find(".vw-empty img").getAttribute("src")).toBe(model.poster);
    model.post(scene(panel("GT")));
    expect(find(".vw-empty").hidden).toBe(true);
  });

  it("keeps showing a view that the kernel closes, and sends nothing more", () => {
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(panel("GT")));
    model.post(update({ status: status() }));
    model.over = true;
    model.emit("change:_over");
    expect(app.element.dataset.state).toBe("closed");
    expect(find(".vw-state").textContent).toBe("Closed");
    expect((find(".vw-controls") as HTMLFieldSetElement).disabled).toBe(true);
    const before = model.sent.length;
    dispatchEvent(new Event("pagehide"));
    expect(model.sent.length).toBe(before);
  });

  it("does not wait for the kernel of a closed view", () => {
    const closed = new FakeModel();
    closed.over = true;
    const late = new App(closed);
    expect(late.element.textContent).toContain("This view is closed");
    expect(closed.sent).toEqual([]);
    late.destroy();
  });

  it("sends a chosen file, handles only its own answers, and gives up when the kernel is gone", async () => {
    const open: Control = {
      ...{
        kind: "file_dialog",
        id: "o",
        label: "Open",
        title: "",
        extensions: [],
        most_bytes: 9e6,
        name: "",
        size: 0,
      },
    };
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(panel("GT", { controls: [open] })));
    const words = () => find(".vw-file-words").textContent;
    const choose = async (name: string) => {
      const input = find("input[type=file]") as HTMLInputElement;
      Object.defineProperty(input, "files", { value: [new File(["12345"], name)], configurable: true });
      input.dispatchEvent(new Event("change"));
      await settled();
      return model.of("upload").at(-1) as Upload;
    };
    const part = await choose("a.png");
    expect(part).toMatchObject({ panel: "GT", control: "o", name: "a.png", size: 5, offset: 0, buffer: 0 });
    const answer = { kind: "received", upload: part.upload, error: "" } as const;
    model.post({ ...answer, client: "another page", bytes: 5 });
    expect(words()).toBe("a.png · 0% of 5 bytes");
    model.post({ ...answer, client: part.client, bytes: 5 });
    expect(words()).toBe("a.png · 5 bytes");
    await choose("b.png");
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(words()).toContain("The kernel that would take the rest of the file is gone");
  });

  it("does not fetch a poster", async () => {
    model.poster = "https://example.org/poster.png";
    await vi.advanceTimersByTimeAsync(3000);
    expect(find(".vw-empty img")).toBeNull();
  });

  it("says at once that a notebook is open without a kernel", async () => {
    model.input.comm_live = false;
    const second = new App(model);
    await settled();
    expect(second.element.dataset.state).toBe("empty");
    expect(second.element.querySelector(".vw-empty")?.textContent).toContain("No kernel");
    second.destroy();
  });

  it("shows the saved picture, labelled as such, until the first frame arrives", async () => {
    vi.stubGlobal("createImageBitmap", async () => ({ width: 8, height: 8, close: () => {} }));
    const pictures = [{ canvas: "GT/image", blob: 0 }];
    const blobs = [{ format: "png", width: 8, height: 8, lossless: true, data: btoa("kept") }];
    const shown = scene(panel("GT"));
    const none = { boxes: [], box_texts: [], box_colors: [], points: [], point_texts: [], point_colors: [] };
    const marks = { ...none, area: [0, 0, 8, 8], caption: "as it was" };
    model.replay = JSON.stringify({
      ...earlier(),
      scene: shown,
      series: {},
      controls: [],
      frames: [{ step: 9, pictures, annotations: [{ canvas: "GT/image", pictures: [marks] }] }],
      blobs,
    });
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(shown);
    model.post(update({ status: status() }));
    expect(find(".vw-note").textContent).toBe("Waiting for a frame");
    await vi.advanceTimersByTimeAsync(NO_FRAME);
    expect(find(".vw-note").textContent).toBe("As last saved");
    expect(find("canvas").hidden).toBe(false);
    expect(find(".vw-annotations").getAttribute("aria-label")).toContain("as it was");
    const picture = {
      canvas: "GT/image",
      width: 8,
      height: 8,
      format: "png",
      lossless: true,
      buffer: 0,
      crop: null,
    } as const;
    model.post(update({ seq: 1, pictures: [picture] }), [new DataView(new ArrayBuffer(8))]);
    await settled();
    expect(find(".vw-note").hidden).toBe(true);
    expect(find(".vw-cell").classList).not.toContain("vw-recalled");
    expect(find(".vw-annotations").hidden).toBe(true);
  });

  it("keeps its pictures without input when the kernel goes, and is ready again when it comes back", () => {
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(panel("GT")));
    model.post(update({ status: status() }));
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(app.element.dataset.state).toBe("disconnected");
    expect((find(".vw-controls") as HTMLFieldSetElement).disabled).toBe(true);
    expect((find(".vw-tool") as HTMLButtonElement).disabled).toBe(true);
    model.input.comm_live = true;
    model.emit("comm_live_update");
    expect(model.of("ready")).toHaveLength(2);
    expect((find(".vw-controls") as HTMLFieldSetElement).disabled).toBe(false);
  });

  it("says that the kernel was restarted and how to go on, and offers the replay", () => {
    model.post(scene(panel("GT")));
    model.post(update({ status: status() }));
    const endings = find(".vw-endings");
    expect([endings.getAttribute("role"), endings.hidden, endings.textContent]).toEqual([
      "status",
      false,
      "",
    ]);
    vi.stubGlobal("createImageBitmap", async () => ({ width: 8, height: 8, close() {} }));
    model.replay = JSON.stringify(earlier());
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(find(".vw-ended").textContent).toContain("Run the cell to start again");
    expect(find(".vw-run").textContent).not.toContain("/s");
    const button = find(".vw-ended button") as HTMLButtonElement;
    expect(button.textContent).toBe("Show the replay");
    button.click();
    expect(find(".vw-empty > .vw-replay")).not.toBeNull();
    expect(app.element.classList.contains("vw-nothing")).toBe(true);
    button.click();
    expect(find(".vw-empty").hidden).toBe(true);
    expect(app.element.classList.contains("vw-nothing")).toBe(false);
    button.click();
    model.input.comm_live = true;
    model.emit("comm_live_update");
    model.post(scene(panel("GT")));
    expect([find(".vw-ended"), find(".vw-empty").hidden]).toEqual([null, true]);
    expect(app.element.classList.contains("vw-nothing")).toBe(false);
  });

  it("offers no replay if there is none", () => {
    model.post(scene(panel("GT")));
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(find(".vw-ended button").hidden).toBe(true);
  });

  it("does not offer to resume without a kernel", () => {
    model.post(scene(panel("GT")));
    const failure = { where: "view.on_frame", summary: "ValueError: no", traceback: "..." };
    model.post(update({ status: status({ state: "failed", failure }) }));
    const again = find(".vw-failure .vw-button");
    expect(again.hidden).toBe(false);
    expect(find(".vw-failure-where").textContent).toContain("The training is paused");
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(again.hidden).toBe(true);
    expect(find(".vw-failure-where").textContent).toBe("raised in view.on_frame");
    model.input.comm_live = true;
    model.emit("comm_live_update");
    model.post(update({ status: status({ state: "failed", failure }) }));
    expect(again.hidden).toBe(false);
  });

  it("ignores pointers on pictures without a kernel", () => {
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    const pointed = panel("GT", { canvases: [canvas("GT", { pointer: "on" })] });
    model.post(scene(pointed));
    expect(find(".vw-pointed")).not.toBeNull();
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(find(".vw-pointed")).toBeNull();
    model.input.comm_live = true;
    model.emit("comm_live_update");
    expect(find(".vw-pointed")).not.toBeNull();
  });

  it("has notices announced as they arrive", () => {
    const notices = find(".vw-notices");
    expect([notices.getAttribute("role"), notices.hidden]).toEqual(["status", false]);
    model.post({ ...scene(panel("GT")), notices: ["composited by torch"] });
    expect(notices.textContent).toContain("composited by torch");
  });

  it("asks for its layout before it reports that it is hidden", () => {
    FakeObserver.of(app.element).callback([{ isIntersecting: false }]);
    expect(model.of("report")).toEqual([]);
    model.post(scene(panel("GT")));
    expect(model.of("report").map((report) => report.visible)).toEqual([false]);
  });

  it("says why a saved replay cannot be played, next to the poster", async () => {
    model.poster = "data:image/png;base64,AAAA";
    model.replay = '{"version": 2}';
    await vi.advanceTimersByTimeAsync(4000);
    expect(find(".vw-empty img")).not.toBeNull();
    expect(find(".vw-empty").textContent).toContain(
      "The saved replay cannot be played: it has the format version 2; this release plays version 1.",
    );
  });

  it("reports whether it is visible", () => {
    const observer = FakeObserver.of(app.element);
    model.post(scene(panel("GT")));
    observer.callback([{ isIntersecting: false }]);
    observer.callback([{ isIntersecting: true }]);
    observer.callback([{ isIntersecting: true }]);
    expect(model.of("report").map((report) => report.visible)).toEqual([false, true]);
  });

  it("reports when a running kernel falls silent", async () => {
    FakeObserver.of(app.element).callback([{ isIntersecting: true }]);
    model.post(update({ status: status() }));
    const before = model.of("report").length;
    await vi.advanceTimersByTimeAsync(5000);
    expect(model.of("report").length).toBeGreaterThan(before);
  });

  it("shows an exception as text, with a Resume button", () => {
    const failure = { where: "view.on_frame", summary: "ValueError: <b>no</b>", traceback: "line 1\nline 2" };
    model.post(update({ status: status({ state: "failed", failure }) }));
    expect(find(".vw-failure").hidden).toBe(false);
    expect(find(".vw-failure b")).toBeNull();
    expect(find(".vw-failure-summary").textContent).toBe("ValueError: <b>no</b>");
    expect(find(".vw-traceback").textContent).toBe("line 1\nline 2");
    find(".vw-failure .vw-button").click();
    expect(model.of("command").at(-1)).toMatchObject({ name: "resume" });
    model.post(update({ status: status() }));
    expect(find(".vw-failure").hidden).toBe(true);
  });

  it("does not show a dismissed notice again", () => {
    model.post({ ...scene(panel("GT")), notices: ["Vulkan was not found", "no encoder"] });
    find(".vw-dismiss").click();
    model.post({ ...scene(panel("GT")), notices: ["Vulkan was not found", "no encoder"] });
    expect(find(".vw-notices").textContent).toBe("no encoder×");
  });

  it("refuses a kernel of another version", () => {
    model.post({ ...scene(panel("GT")), protocol: 99 });
    expect(find(".vw-empty").textContent).toContain("different versions");
  });

  it("leaves no listener, observer or timer behind, and reports once that it is gone", async () => {
    model.post(scene(panel("GT"), panel("Output")));
    model.post(update({ status: status() }));
    app.destroy();
    app.destroy();
    expect(model.listening).toBe(0);
    expect(FakeObserver.all.every((observer) => !observer.connected)).toBe(true);
    expect(app.element.isConnected).toBe(false);
    expect(model.of("gone")).toHaveLength(1);
    const before = model.sent.length;
    await vi.advanceTimersByTimeAsync(60_000);
    dispatchEvent(new Event("pagehide"));
    expect(model.sent.length).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});
