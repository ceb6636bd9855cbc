import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Renderings } from "../../src/notebook/renderings";
import { FakeModel, FakeObserver, panel, scene, status, update } from "../hosts";

describe("Renderings", () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

  beforeEach(() => {
    FakeObserver.all = [];
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("IntersectionObserver", FakeObserver);
  });

  afterEach(() => {
    document.body.replaceChildren();
    vi.unstubAllGlobals();
  });

  it("moves a view, with the focus, if the host has removed its rendering", async () => {
    const model = new FakeModel();
    const renderings = new Renderings();
    const places = [document.createElement("div"), document.createElement("div")] as const;
    const first = renderings.add(model, places[0]);
    document.body.append(places[0]);
    await frame();
    model.post(scene(panel("GT")));
    model.post(update({ status: status() }));
    const button = places[0].querySelector("select") as HTMLElement;
    button.focus();
    document.body.replaceChildren();
    const second = renderings.add(model, places[1]);
    document.body.append(places[1]);
    await frame();
    expect(places[1].querySelector(".vw-title")?.textContent).toBe("Fit an image");
    expect(document.activeElement).toBe(button);
    expect(model.of("ready")).toHaveLength(1);
    first(); // the host ends it late
    expect(places[1].querySelector(".vw-root")).not.toBeNull();
    second();
    expect(model.of("gone")).toHaveLength(1);
    expect(document.querySelector(".vw-root")).toBeNull();
  });

  it("moves it in a background page too, which has no animation frames", async () => {
    vi.stubGlobal("requestAnimationFrame", () => 0);
    const model = new FakeModel();
    const renderings = new Renderings();
    const outputs = [document.createElement("div"), document.createElement("div")] as const;
    document.body.append(...outputs);
    for (let times = 0; times < 5; times++) {
      for (const output of outputs) output.replaceChildren();
      for (const output of outputs) {
        const place = document.createElement("div");
        renderings.add(model, place);
        output.append(place);
      }
      await new Promise((done) => setTimeout(done));
    }
    expect(model.of("ready")).toHaveLength(2);
    expect(document.querySelectorAll(".vw-root")).toHaveLength(2);
  });

  it("does not move a view that is shown elsewhere, or in a cell that is scrolled out of the page", async () => {
    const model = new FakeModel();
    const renderings = new Renderings();
    const cell = document.createElement("div");
    const places = [document.createElement("div"), document.createElement("div")] as const;
    const ends = [renderings.add(model, places[0])];
    cell.append(places[0]);
    document.body.append(cell);
    await frame();
    cell.remove();
    ends.push(renderings.add(model, places[1]));
    expect(places.map((place) => place.childElementCount)).toEqual([1, 1]);
    for (const end of ends) end();
  });

  it("keeps the view if a host makes two renderings before it places one", async () => {
    const model = new FakeModel();
    const renderings = new Renderings();
    const place = () => document.createElement("div");
    const places = [place(), place(), place()] as const;
    renderings.add(model, places[0]);
    document.body.append(places[0]);
    await frame();
    model.post(scene(panel("GT")));
    model.post(update({ status: status({ state: "paused" }) }));
    document.body.replaceChildren();
    renderings.add(model, places[1]);
    model.over = true;
    model.emit("change:_over");
    renderings.add(model, places[2]);
    document.body.replaceChildren(places[1]);
    document.body.replaceChildren(places[2]);
    await frame();
    const root = places[2].querySelector(".vw-root") as HTMLElement;
    expect(root.dataset.state).toBe("closed");
    expect(root.querySelector(".vw-title")?.textContent).toBe("Fit an image");
    expect(model.of("ready")).toHaveLength(1);
  });

  it("shows a view in each of two places that a host fills at the same time", async () => {
    const model = new FakeModel();
    const renderings = new Renderings();
    const places = [document.createElement("div"), document.createElement("div")] as const;
    const ends = places.map((place) => renderings.add(model, place));
    document.body.append(...places);
    await frame();
    FakeObserver.of(places[0]).callback([{ isIntersecting: true }]);
    await frame();
    expect(places.map((place) => place.childElementCount)).toEqual([1, 1]);
    expect(model.of("ready")).toHaveLength(2);
    for (const end of ends) end();
    expect(model.of("gone")).toHaveLength(2);
    expect(FakeObserver.all.every((observer) => !observer.connected)).toBe(true);
  });
});
