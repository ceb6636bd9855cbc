import { beforeEach, describe, expect, it, vi } from "vitest";
import { PATIENCE } from "../src/controls/change";
import type { Status } from "../src/protocol";
import { StatusLine } from "../src/status";
import { Toolbar } from "../src/toolbar";
import { status } from "./hosts";

describe("Toolbar", () => {
  const send = vi.fn();
  let toolbar: Toolbar;

  const button = (name: string) =>
    toolbar.element.querySelector(`button[aria-label="${name}"]`) as HTMLButtonElement | null;
  const rate = () => toolbar.element.querySelector("select") as HTMLSelectElement;

  beforeEach(() => {
    send.mockClear();
    toolbar = new Toolbar(send);
  });

  it("can do nothing before a kernel has spoken", () => {
    expect([...toolbar.element.querySelectorAll("button")].every((node) => node.disabled)).toBe(true);
    expect(rate().disabled).toBe(true);
  });

  it("pauses what runs and resumes what is paused", () => {
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

  it.each<[Status["state"], string, boolean]>([
    ["idle", "Run", true],
    ["stopped", "Run", true],
    ["failed", "Resume", true],
    ["closed", "Resume", false],
  ])("offers in state %s to %s", (state, name, enabled) => {
    toolbar.update(status({ state }));
    expect(button(name)?.disabled).toBe(!enabled);
    if (state !== "failed") expect(button("Stop")?.disabled).toBe(true);
  });

  it("has a reset where the view has one", () => {
    toolbar.update(status());
    expect(button("Reset")?.hidden).toBe(true);
    toolbar.update(status({ can_reset: true }));
    expect(button("Reset")?.hidden).toBe(false);
  });

  it("shows any rate, and sends the one that is chosen", () => {
    toolbar.update(status({ tick_rate: 24 }));
    expect(rate().selectedOptions[0]?.textContent).toBe("24/s");
    rate().value = "10";
    rate().dispatchEvent(new Event("change"));
    expect(send).toHaveBeenCalledWith("tick_rate", 10);
  });
});

describe("the rate in a toolbar", () => {
  it("keeps the usual ones and at most one more", () => {
    const toolbar = new Toolbar(() => {});
    const select = toolbar.element.querySelector("select") as HTMLSelectElement;
    for (const tick_rate of [100 / 7, 100 / 3]) toolbar.update(status({ tick_rate }));
    expect([...select.options].map((option) => option.text)).toEqual([
      ...["free", "60/s", "30/s", "10/s", "1/s"],
      "33.33/s",
    ]);
    toolbar.update(status({ tick_rate: 30 }));
    expect(select.options).toHaveLength(5);
    expect(select.value).toBe("30");
  });

  it("is the kernel's, also where it has the focus, once that has heard of the choice", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const toolbar = new Toolbar(() => {});
    const select = toolbar.element.querySelector("select") as HTMLSelectElement;
    document.body.append(toolbar.element);
    toolbar.update(status({ tick_rate: 60 }));
    const choose = (rate: string) => {
      select.value = rate;
      select.dispatchEvent(new Event("change"));
    };
    select.focus();
    choose("10");
    toolbar.update(status({ tick_rate: 60 })); // from before
    expect(select.value).toBe("10");
    toolbar.update(status({ tick_rate: 10 }));
    toolbar.update(status({ tick_rate: 60 })); // the program's
    expect(select.value).toBe("60");
    choose("10");
    vi.advanceTimersByTime(PATIENCE); // the program has set it at once
    toolbar.update(status({ tick_rate: 60 }));
    expect(select.value).toBe("60");
    toolbar.element.remove();
    vi.useRealTimers();
  });
});

describe("StatusLine", () => {
  it.each([
    [{ steps_per_second: 4.25, shown_per_second: 9.96 }, "4.3 steps/s", "10 fps shown"],
    [{ steps_per_second: 0.0455, ticks_per_second: 0.0455, shown_per_second: 1 }, "22 s/step", ""],
    [{ iteration: 0, ticks_per_second: 0.05, shown_per_second: 0 }, "20 s/frame", ""],
  ])("says how fast a slow run is, %o", (news, speed, shown) => {
    const line = new StatusLine();
    line.update(status(news));
    const texts = [...line.element.children].map((node) => node.textContent);
    expect(texts.slice(2, 4)).toEqual([speed, shown]);
  });

  it("shows numbers while it runs, and only the state aloud", () => {
    const line = new StatusLine();
    line.update(status());
    expect([...line.element.children].map((node) => node.textContent)).toEqual([
      "Running",
      "step 1,200",
      "120 steps/s",
      "20 fps shown",
      "9 ms",
      "torch · cpu",
    ]);
    expect(line.element.querySelectorAll("[aria-live]")).toHaveLength(1);
    line.update(status({ state: "paused", iteration: 0, latency_ms: null }));
    expect([...line.element.children].map((node) => node.textContent)).toEqual([
      "Paused",
      "frame 200",
      "",
      "",
      "",
      "torch · cpu",
    ]);
  });
});
