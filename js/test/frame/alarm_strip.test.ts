import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AlarmStrip } from "../../src/frame/alarm_strip";
import { SIGN, TabSign } from "../../src/frame/tab_sign";
import type { Outgoing } from "../../src/wire/connection";
import type { StandingAlarm } from "../../src/wire/protocol";

const alarm = (news: Partial<StandingAlarm> = {}): StandingAlarm => ({
  series: "loss",
  step: 5,
  text: "loss is NaN (step 5)",
  paused: true,
  checkpoint: null,
  ...news,
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("AlarmStrip", () => {
  const send = vi.fn((_: Outgoing) => {});
  const back = vi.fn();
  let root: HTMLElement;
  let strip: AlarmStrip;

  const buttons = () => [...strip.element.querySelectorAll("button")];
  const press = (name: string) =>
    buttons()
      .find(({ textContent }) => textContent === name)
      ?.click();
  const names = () => buttons().map(({ textContent }) => textContent);

  beforeEach(() => {
    vi.clearAllMocks();
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
    document.title = "Notebook";
    root = document.body.appendChild(document.createElement("div"));
    strip = new AlarmStrip({ client: "me", send }, root);
    root.append(strip.element);
  });

  afterEach(() => {
    strip.destroy();
    root.remove();
    vi.restoreAllMocks();
  });

  it("says what is wrong, and resumes", () => {
    strip.paused = true;
    strip.update([alarm()]);
    expect(strip.element.textContent).toContain("loss is NaN (step 5)");
    expect(strip.element.textContent).toContain("The run is paused.");
    press("Resume");
    expect(send).toHaveBeenCalledExactlyOnceWith({ kind: "command", name: "resume", value: 0 });
    strip.update([]);
    expect(strip.element.childElementCount).toBe(0);
  });

  it("lists several", () => {
    strip.paused = true;
    strip.update([alarm(), alarm({ series: "val/loss", text: "val/loss is NaN (step 5)" })]);
    expect(strip.element.querySelectorAll("strong")).toHaveLength(2);
    expect(names()).toEqual(["Resume"]);
  });

  it("can be dismissed if nothing is paused, and shows the next alarm", () => {
    const noted = alarm({ paused: false });
    strip.update([noted]);
    expect(strip.element.textContent).toContain("The run goes on.");
    buttons()[0]?.focus();
    press("Dismiss");
    expect(strip.element.childElementCount).toBe(0);
    expect(document.activeElement).toBe(root);
    strip.update([noted, alarm({ paused: false, step: 9, text: "loss is NaN (step 9)" })]);
    expect(strip.element.querySelectorAll("strong")).toHaveLength(1);
  });

  it("keeps a button that has the focus while nothing changes", () => {
    strip.paused = true;
    strip.update([alarm()]);
    const before = buttons()[0];
    strip.update([alarm()]);
    expect(buttons()[0]).toBe(before);
  });

  it("offers the last good checkpoint if the run can go back", () => {
    strip.paused = true;
    strip.update([alarm({ checkpoint: 1200 })]);
    expect(names()).toEqual(["Resume"]);
    const other = new AlarmStrip({ client: "me", send }, root, back);
    other.paused = true;
    other.update([alarm({ checkpoint: 1200 })]);
    other.element.querySelector("button")?.click();
    expect(back).toHaveBeenCalledExactlyOnceWith(1200);
    other.destroy();
  });

  it("puts a sign before the title until the view is seen", () => {
    strip.visible = false;
    strip.update([alarm()]);
    expect(document.title).toBe(`${SIGN}Notebook`);
    strip.visible = true;
    expect(document.title).toBe("Notebook");
    strip.visible = false;
    expect(document.title).toBe("Notebook");
  });

  it("does not count as seen in a window without the focus", () => {
    vi.spyOn(document, "hasFocus").mockReturnValue(false);
    strip.visible = true;
    strip.update([alarm()]);
    expect(document.title).toBe(`${SIGN}Notebook`);
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
    window.dispatchEvent(new Event("focus"));
    expect(document.title).toBe("Notebook");
  });

  it("removes the sign with the alarm, and with the view", () => {
    strip.update([alarm()]);
    strip.update([]);
    expect(document.title).toBe("Notebook");
    strip.update([alarm()]);
    strip.destroy();
    expect(document.title).toBe("Notebook");
  });
});

describe("TabSign", () => {
  it("stays when the host writes the title, and goes with its last owner", async () => {
    document.head.append(document.createElement("title"));
    document.title = "a.ipynb";
    const [one, other] = [new TabSign(), new TabSign()];
    one.on = other.on = true;
    expect(document.title).toBe(`${SIGN}a.ipynb`);
    document.title = "b.ipynb - JupyterLab";
    await settled();
    expect(document.title).toBe(`${SIGN}b.ipynb - JupyterLab`);
    one.on = false;
    expect(document.title).toBe(`${SIGN}b.ipynb - JupyterLab`);
    other.on = false;
    expect(document.title).toBe("b.ipynb - JupyterLab");
    document.title = "c.ipynb";
    await settled();
    expect(document.title).toBe("c.ipynb");
  });
});
