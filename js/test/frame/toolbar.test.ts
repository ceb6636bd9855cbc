import { beforeEach, describe, expect, it, vi } from "vitest";
import { briefBackend, RunLine, StatusLine } from "../../src/frame/status_line";
import { Toolbar } from "../../src/frame/toolbar";
import { NO_WIRE, type Outgoing, PATIENCE } from "../../src/wire/connection";
import type { Status } from "../../src/wire/protocol";
import { status } from "../hosts";

describe("Toolbar", () => {
  const send = vi.fn();
  let toolbar: Toolbar;

  const button = (name: string) =>
    toolbar.element.querySelector(`button[aria-label="${name}"]`) as HTMLButtonElement | null;
  const rate = () => toolbar.element.querySelector("select") as HTMLSelectElement;

  beforeEach(() => {
    send.mockClear();
    const take = (message: Outgoing) => message.kind === "command" && send(message.name, message.value);
    toolbar = new Toolbar({ client: "me", send: take });
  });

  it("is disabled before the first status", () => {
    expect([...toolbar.element.querySelectorAll("button")].every((node) => node.disabled)).toBe(true);
    expect(rate().disabled).toBe(true);
  });

  it("pauses a running view and resumes a paused one", () => {
    toolbar.update(status());
    button("Pause")?.click();
    toolbar.update(status({ state: "paused" }));
    button("Resume")?.click();
    button("Run one frame")?.click();
    button("Stop")?.click();
    expect(send.mock.calls).toEqual([
      ["pause", 0],
      ["resume", 0],
      ["step", 0],
      ["stop", 0],
    ]);
  });

  it.each([
    ["Pause", "Pausing…"],
    ["Stop", "Stopping…"],
    ["Run one frame", "Pausing…"],
  ])("shows at once that %s takes effect at the end of the frame", (name, word) => {
    toolbar.update(status());
    button(name)?.click();
    expect(toolbar.run.element.textContent).toContain(word);
    toolbar.update(status()); // which was on its way
    expect(toolbar.run.element.textContent).toContain(word);
    toolbar.update(status({ state: name === "Stop" ? "stopped" : "paused" }));
    expect(toolbar.run.element.textContent).not.toContain("…");
  });

  it("shows a pending Reset until the frame ends or steps start over", () => {
    const words = () => toolbar.run.element.textContent;
    const running = { iteration: 50, frame: 7, can_reset: true };
    toolbar.update(status(running));
    for (const after of [{ frame: 8 }, { iteration: 0 }]) {
      button("Reset")?.click();
      expect(words()).toContain("Resetting…");
      toolbar.update(status(running)); // which was on its way
      expect(words()).toContain("Resetting…");
      toolbar.update(status({ ...running, ...after }));
      expect(words()).toContain("Running");
      toolbar.update(status(running));
    }
  });

  it("counts the seconds of a long frame instead of an outdated speed", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    toolbar.update(status());
    toolbar.run.busy(12.3);
    expect(toolbar.run.element.textContent).toContain("in this frame for 12 s");
    vi.advanceTimersByTime(2000);
    expect(toolbar.run.element.textContent).toContain("in this frame for 14 s");
    toolbar.update(status());
    expect(toolbar.run.element.textContent).not.toContain("in this frame");
    vi.advanceTimersByTime(2000);
    expect(toolbar.run.element.textContent).not.toContain("in this frame");
    vi.useRealTimers();
  });

  it.each<[Status["state"], string, boolean]>([
    ["idle", "Run", true],
    ["stopped", "Run", true],
    ["failed", "Resume", true],
    ["closed", "Resume", false],
  ])("in state %s, offers to %s", (state, name, enabled) => {
    toolbar.update(status({ state }));
    expect(button(name)?.disabled).toBe(!enabled);
    if (state !== "failed") expect(button("Stop")?.disabled).toBe(true);
  });

  it("explains in tooltips what Pause and Stop do, and that a stopped run can be run again", () => {
    toolbar.update(status());
    expect(button("Pause")?.title).toMatch(/Resume continues/);
    expect(button("Stop")?.title).toMatch(/ends the run.*Nothing is lost: Run starts it again/);
    toolbar.update(status({ state: "stopped" }));
    expect(button("Run")?.title).toMatch(/until Pause or Stop/);
  });

  it("has state, step and speed next to its buttons, and nowhere else", () => {
    toolbar.update(status());
    expect(texts(toolbar.run.element)).toEqual(["Running", "step 1,200", "120 steps/s"]);
    expect(toolbar.element.contains(toolbar.run.element)).toBe(true);
    const line = new StatusLine();
    line.update(status());
    expect(line.element.textContent).not.toMatch(/step|Running/);
  });

  it("has Reset if the view has one", () => {
    toolbar.update(status());
    expect(button("Reset")?.hidden).toBe(true);
    toolbar.update(status({ can_reset: true }));
    expect(button("Reset")?.hidden).toBe(false);
  });

  it("shows any rate, and sends the chosen one", () => {
    toolbar.update(status({ tick_rate: 24 }));
    expect(rate().selectedOptions[0]?.textContent).toBe("24/s");
    rate().value = "10";
    rate().dispatchEvent(new Event("change"));
    expect(send).toHaveBeenCalledWith("tick_rate", 10);
  });
});

describe("the rate in a toolbar", () => {
  it("keeps the usual choices and at most one more", () => {
    const toolbar = new Toolbar(NO_WIRE);
    const select = toolbar.element.querySelector("select") as HTMLSelectElement;
    for (const tick_rate of [100 / 7, 100 / 3]) toolbar.update(status({ tick_rate }));
    expect([...select.options].map((option) => option.text)).toEqual([
      ...["max", "60/s", "30/s", "10/s", "1/s"],
      "33.33/s",
    ]);
    toolbar.update(status({ tick_rate: 30 }));
    expect(select.options).toHaveLength(5);
    expect(select.value).toBe("30");
  });

  it("follows the kernel, even with the focus, once that has received the choice", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const toolbar = new Toolbar(NO_WIRE);
    const select = toolbar.element.querySelector("select") as HTMLSelectElement;
    document.body.append(toolbar.element);
    toolbar.update(status({ tick_rate: 60 }));
    const choose = (rate: string) => {
      select.value = rate;
      select.dispatchEvent(new Event("change"));
    };
    select.focus();
    choose("10");
    toolbar.update(status({ tick_rate: 60 })); // sent before the choice
    expect(select.value).toBe("10");
    toolbar.update(status({ tick_rate: 10 }));
    toolbar.update(status({ tick_rate: 60 })); // set by the program
    expect(select.value).toBe("60");
    choose("10");
    vi.advanceTimersByTime(PATIENCE); // the program has set it again at once
    toolbar.update(status({ tick_rate: 60 }));
    expect(select.value).toBe("60");
    toolbar.element.remove();
    vi.useRealTimers();
  });
});

describe("RunLine", () => {
  it.each([
    [{ steps_per_second: 4.25 }, "4.3 steps/s"],
    [{ steps_per_second: 0.0455 }, "22 s/step"],
    [{ iteration: 0, ticks_per_second: 0.05 }, "20 s/frame"],
  ])("shows the speed of a slow run, %o", (news, speed) => {
    const line = new RunLine();
    line.update(status(news));
    expect(texts(line.element)[2]).toBe(speed);
  });

  it("shows a speed while running, and announces only the state", () => {
    const line = new RunLine();
    line.update(status());
    expect(line.element.querySelectorAll("[aria-live]")).toHaveLength(1);
    line.update(status({ state: "paused", iteration: 0 }));
    expect(texts(line.element)).toEqual(["Paused", "frame 200", ""]);
  });
});

describe("StatusLine", () => {
  it.each([
    [{ shown_per_second: 19.7, latency_ms: 424 }, "19.7 pictures/s", "latency 424 ms"],
    [{ shown_per_second: 0.2, latency_ms: 2400 }, "0.2 pictures/s", "latency 2.4 s"],
    [{ shown_per_second: 0.05, latency_ms: null }, "20 s/picture", ""],
    [{ shown_per_second: 0 }, "0.0 pictures/s", "latency 9 ms"],
  ])("shows the rate and latency of pictures with their units, %o", (news, shown, latency) => {
    const line = new StatusLine();
    line.update(status(news));
    expect(texts(line.element).slice(0, 2)).toEqual([shown, latency]);
  });

  it.each([
    ["Vulkan · llvmpipe (LLVM 15.0.6, 256 bits) · JPEG 85 (simplejpeg)", "Vulkan (CPU) · JPEG"],
    ["Vulkan · NVIDIA H200 · JPEG 85 (nvImageCodec)", "Vulkan (NVIDIA H200) · JPEG"],
    ["Vulkan · NVIDIA H200, torch · cpu · PNG", "Vulkan (NVIDIA H200), torch (CPU) · PNG"],
    ["torch · cuda:1 · JPEG 70 (Pillow) · input on the pictures' comm", "torch (cuda:1) · JPEG"],
    ["JPEG 85 (simplejpeg)", "JPEG"], // before the first frame
    ["", ""],
  ])("shortens the back end: %s", (backend, words) => {
    expect(briefBackend(backend)).toBe(words);
  });

  it("shows the whole back end to keyboard users too", () => {
    const line = new StatusLine();
    line.update(status());
    const maker = line.element.querySelector("details") as HTMLDetailsElement;
    expect(maker.querySelector("summary")?.textContent).toBe("torch (CPU)");
    expect(maker.querySelector("div")?.textContent).toBe("torch · cpu; no Vulkan loader");
  });
});

function texts(element: HTMLElement): (string | null)[] {
  return [...element.children].map((node) => node.textContent);
}
