// The focus after a button has disabled, hidden or removed itself.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../src/view/app";
import type { Control, RecordingStatus } from "../../src/wire/protocol";
import { canvas, FakeModel, FakeObserver, panel, scene, status, update } from "../hosts";

describe("a view with the focus in it", () => {
  let model: FakeModel;
  let app: App;
  const find = <E extends HTMLElement>(selector: string) => app.element.querySelector(selector) as E;
  const tool = (name: string) => find<HTMLButtonElement>(`[aria-label="${name}"]`);
  const say = (news: Parameters<typeof status>[0]) => model.post(update({ status: status(news) }));
  const focused = () => document.activeElement?.getAttribute("aria-label");

  beforeEach(async () => {
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("IntersectionObserver", FakeObserver);
    FakeObserver.all = [];
    model = new FakeModel();
    app = new App(model);
    document.body.append(app.element);
    await Promise.resolve();
    await Promise.resolve();
    model.post({ ...scene(panel("GT")), title: "view", notices: ["first", "second"] });
    say({});
  });

  afterEach(() => {
    app.destroy();
    vi.unstubAllGlobals();
  });

  it("passes it from Stop and Resume to the button that runs or pauses", () => {
    tool("Stop").focus();
    say({ state: "stopped" });
    expect(focused()).toBe("Run");
    say({ state: "failed", failure: { where: "w", summary: "s", traceback: "t" } });
    find(".vw-failure .vw-button").focus();
    say({});
    expect(focused()).toBe("Pause");
  });

  it("leaves it alone otherwise", () => {
    tool("Run one frame").focus();
    say({ state: "paused" });
    model.post(scene(panel("GT"), panel("Output")));
    expect(focused()).toBe("Run one frame");
    tool("Run one frame").blur();
    say({ state: "stopped" });
    expect(document.activeElement).toBe(document.body);
  });

  it("takes it itself only when nothing can be run", () => {
    expect(app.element.hasAttribute("tabindex")).toBe(false);
    tool("Pause").focus();
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect(document.activeElement).toBe(app.element);
    app.element.blur();
    expect(app.element.hasAttribute("tabindex")).toBe(false);
  });

  it("passes it from notice to notice, and keeps it while others arrive", () => {
    const closes = [...app.element.querySelectorAll<HTMLElement>(".vw-dismiss")];
    closes[0]?.focus();
    closes[0]?.click();
    expect(document.activeElement).toBe(closes[1]);
    model.post({ ...scene(panel("GT")), title: "view", notices: ["first", "second", "third"] });
    expect(document.activeElement).toBe(closes[1]);
    expect(find(".vw-notices").textContent).toBe("second×third×");
    for (let left = 2; left > 0; left--) (document.activeElement as HTMLElement).click();
    expect(find(".vw-notices").children).toHaveLength(0);
    expect(document.activeElement).toBe(app.element);
  });

  it("leaves it on a label of a legend when others come before that", () => {
    const car = { name: "car", color: "#00008e", hidden: false };
    const masked = (...labels: (typeof car)[]) =>
      panel("GT", { canvases: [canvas("GT", { legends: [{ layer: "overlay", alpha: 1, labels }] })] });
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(masked(car)));
    find("[role=checkbox]").focus();
    const both = masked(car);
    both.canvases[0]?.legends.unshift({ layer: "picture", alpha: 1, labels: [{ ...car, name: "road" }] });
    model.post(scene(both));
    expect(app.element.querySelectorAll("[role=checkbox]")).toHaveLength(2);
    expect(document.activeElement?.textContent).toBe("car");
  });

  it("leaves it on a record button while the file is saved, and takes it when the button is gone", () => {
    const button: Control = {
      kind: "record_button",
      id: "r",
      label: "Record",
      state: "recording",
      origin: "",
      revision: 0,
    };
    const show = (control: Control) =>
      model.post(update({ controls: [{ panel: "GT", changed: [control], order: ["r"] }] }));
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(panel("GT")));
    show(button);
    find(".vw-record").focus();
    show({ ...button, state: "saving" });
    expect(document.activeElement).toBe(find(".vw-record"));
    model.post(update({ controls: [{ panel: "GT", changed: [], order: [] }] }));
    expect(document.activeElement).toBe(app.element); // another key would press Run
  });

  it("ends a download without a kernel, refuses another, and offers it again", () => {
    const film: RecordingStatus = {
      ...{ subject: "v", path: "/a.mp4", state: "saved", frames: 9, seconds: 1, bytes: 9, token: "t" },
    };
    const live = (is: boolean) => {
      model.input.comm_live = is;
      model.emit("comm_live_update");
    };
    say({ recordings: [film] });
    const link = find<HTMLButtonElement>(".vw-recording .vw-button");
    link.click();
    expect(link.textContent).toBe("0%");
    live(false);
    expect([link.textContent, link.title]).toEqual([
      "Not downloaded",
      "No kernel is connected to send the file",
    ]);
    link.click();
    expect(link.textContent).toBe("Not downloaded");
    expect(model.of("fetch")).toHaveLength(1);
    live(true);
    link.click();
    expect(link.textContent).toBe("0%");
    expect(model.of("fetch")).toHaveLength(2);
    model.over = true;
    model.emit("change:_over");
    expect(link.textContent).toBe("Not downloaded");
    link.click();
    expect(link.textContent).toBe("Not downloaded");
  });
});
