import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Continuation, type Place } from "../../src/replay/continuation";
import { type KeptTraining, readTraining } from "../../src/replay/training";
import { Answers, type Reply, type Request } from "../../src/training/answers";
import type { TrainingWorker } from "../../src/training/trainer";
import type { Slider } from "../../src/wire/protocol";

const packed = (numbers: readonly number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(numbers).buffer)));

/** A grey line of four pixels, by one linear layer that begins with `weight` after steps 10 and 20. */
function kept(weight = 0.25): KeptTraining {
  const weights = (step: number) => ({
    step,
    count: step,
    lr: 0.01,
    parameters: packed([weight, weight, weight]),
    moments: "",
  });
  return readTraining({
    version: 1,
    output: { canvas: "Out/image", height: 1, width: 4 },
    series: "loss",
    steps_per_frame: 3,
    controls: [{ setting: "lr", panel: "Training", control: "slider:rate" }],
    loss: "mse",
    features: null,
    layers: [{ kind: "linear", inputs: 2, outputs: 1, bias: true, scale: 0 }],
    optimizer: { kind: "sgd", lr: 0.5, beta1: 0, beta2: 0, eps: 0, weight_decay: 0, momentum: 0 },
    samples: 4,
    inputs: { format: "grid", data: "" },
    targets: { format: "uint8", data: btoa("\x00\x50\xa0\xff") },
    weights: [weights(10), weights(20)],
  });
}

const RATE: Slider = {
  kind: "slider",
  id: "slider:rate",
  label: "rate",
  min: 0.001,
  max: 1,
  log: true,
  initial: 0.5,
  value: 0.5,
  origin: "",
  revision: 0,
  step: 0,
};

/** A worker that answers when `work` is called. */
class Bench implements TrainingWorker {
  asked: Request[] = [];
  ended = false;
  onmessage: TrainingWorker["onmessage"] = null;
  onerror: TrainingWorker["onerror"] = null;
  #answers = new Answers(
    (reply) => this.say(reply),
    async () => null,
  );
  #waiting: Request[] = [];

  postMessage(request: Request): void {
    this.asked.push(request);
    this.#waiting.push(request);
  }

  async work(): Promise<void> {
    for (const request of this.#waiting.splice(0)) await this.#answers.take(request);
  }

  say(reply: Reply): void {
    this.onmessage?.({ data: reply } as MessageEvent<Reply>);
  }

  terminate(): void {
    this.ended = true;
  }

  /** What the last frame was to do. */
  get frame(): Extract<Request, { kind: "frame" }> {
    return this.asked.filter((request) => request.kind === "frame").at(-1) as Extract<
      Request,
      { kind: "frame" }
    >;
  }
}

const frames = new Map<number, () => void>(); // that the page asked the browser for
let benches: Bench[] = [];
let painted: string[] = [];
let branch: {
  name: string;
  steps: readonly number[];
  losses: readonly (number | null)[];
  known: number;
};

const place: Place = {
  paint: (canvas, { width, height }) => painted.push(`${canvas} ${width}x${height}`),
  branch: (name, { steps, values }, known) => {
    branch = { name, steps: [...steps], losses: [...values], known };
  },
  recorded: (_, step) => step / 100,
  slider: () => RATE,
  back: () => {},
};

function started(training = kept(), step = 25): Continuation {
  const start = () => {
    benches.push(new Bench());
    return benches.at(-1) as Bench;
  };
  const made = new Continuation(training, step, place, start);
  document.body.replaceChildren(made.bar.element);
  made.begin();
  return made;
}

const bench = () => benches.at(-1) as Bench;
const frameRequests = () => bench().asked.filter(({ kind }) => kind === "frame").length;
/** The browser paints a frame, which shows what the worker made before, and the worker does what it was asked. */
async function turn(): Promise<void> {
  const due = [...frames.values()];
  frames.clear();
  for (const frame of due) frame();
  await bench().work();
}
const button = (name: string) =>
  [...document.querySelectorAll("button")].find(
    (each) => each.title === name || each.textContent === name,
  ) as HTMLButtonElement;
const said = () => document.querySelector("[role=status].vw-continue-said")?.textContent;
const where = () => document.querySelector(".vw-where")?.textContent;

beforeEach(() => {
  frames.clear();
  benches = [];
  painted = [];
  let count = 0;
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => {
    frames.set(++count, frame);
    return count;
  });
  vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.delete(id));
  vi.stubGlobal(
    "ImageData",
    class {
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

describe("a training that goes on in the page", () => {
  it("begins with the last weights at or before the step that is shown", () => {
    started(kept(), 19);
    expect(where()).toBe("step 10");
    expect(bench().asked[0]).toMatchObject({ kind: "begin", weights: { count: 10 } });
  });

  it("makes a branch that begins where the recorded one was", async () => {
    started();
    expect([branch.steps, branch.known]).toEqual([[20], 0]);
    for (let i = 0; i < 3; i++) await turn();
    expect(branch.name).toBe("in this page/loss");
    expect(branch.steps).toEqual([20, 23, 26]);
    expect(branch.known).toBe(2); // only the last point is new
    expect(branch.losses[0]).toBe(0.2);
    expect(branch.losses[2]).toBeLessThan(branch.losses[1] as number);
    expect(painted).toEqual(["Out/image 4x1", "Out/image 4x1"]);
  });

  it("never has the worker wait for the page", async () => {
    started();
    await turn();
    expect(frameRequests()).toBe(2); // the first is made, and not shown yet
    expect(branch.steps).toEqual([20]);
    await turn();
    expect(branch.steps).toEqual([20, 23]);
    expect(frameRequests()).toBe(3);
  });

  it("shows one frame in an animation frame", async () => {
    started();
    await turn();
    bench().work();
    expect(painted).toEqual([]);
    await turn();
    expect(painted.length).toBe(1);
  });

  it("thins a branch that is long, all of which is new to the chart then", async () => {
    started();
    do await turn();
    while (branch.known > 0 || branch.steps.length < 2);
    expect(branch.known).toBe(0);
    expect(branch.steps[0]).toBe(20);
    expect(branch.steps.length).toBe(2001);
  });

  it("takes what the sliders say at the next frame, with the recorded view's range", async () => {
    started();
    const [, steps] = document.querySelectorAll<HTMLInputElement>("input[type=range]");
    expect(document.querySelector(".vw-continue-sliders")?.textContent).toContain("rate");
    await turn();
    expect(bench().frame).toMatchObject({ steps: 3, settings: { lr: 0.01 } });
    (steps as HTMLInputElement).value = "6"; // counted from the least
    steps?.dispatchEvent(new Event("input"));
    steps?.dispatchEvent(new Event("change"));
    await turn();
    expect(bench().frame.steps).toBe(7);
  });

  it("stands still while the browser paints no frames, but for two that wait to be shown", async () => {
    started();
    await bench().work();
    expect(frameRequests()).toBe(0);
    await turn();
    for (let i = 0; i < 5; i++) await bench().work();
    expect(frameRequests()).toBe(2);
    await turn();
    expect(frameRequests()).toBe(3);
  });

  it("stands still behind another tab, even if the browser paints frames there", async () => {
    started();
    await turn();
    const requests = frameRequests();
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    for (let i = 0; i < 5; i++) await turn();
    expect([branch.steps, frameRequests()]).toEqual([[20], requests]);
    hidden.mockRestore();
    for (let i = 0; i < 3; i++) await turn();
    expect(branch.steps.length).toBeGreaterThan(2);
  });

  it("pauses after what has begun, takes one frame, and goes on", async () => {
    started();
    await turn();
    button("Pause").click();
    for (let i = 0; i < 4; i++) await turn();
    expect(branch.steps).toEqual([20, 23, 26]);
    button("Train one frame").click();
    for (let i = 0; i < 4; i++) await turn();
    expect(branch.steps.at(-1)).toBe(29);
    button("Resume").click();
    await turn();
    await turn();
    expect(branch.steps.at(-1)).toBe(32);
  });

  it("reports that the loss is no longer finite, and Reset begins again", async () => {
    started(kept(1e30));
    for (let i = 0; i < 3; i++) await turn();
    expect(said()).toContain("Lower the learning rate");
    expect(bench().ended).toBe(true);
    expect(branch.losses.every(Number.isFinite)).toBe(true);
    expect(button("Resume").disabled).toBe(true);
    button("Reset: back to the kept weights").click();
    expect(benches.length).toBe(2);
    expect(branch.steps).toEqual([20]);
    await turn();
    expect(where()).toContain("step 2");
  });

  it("says that a worker has died, and Reset starts another", async () => {
    started();
    await turn();
    bench().onerror?.(new ErrorEvent("error", { message: "out of memory" }));
    expect(said()).toBe("The training cannot go on here: out of memory.");
    button("Reset: back to the kept weights").click();
    await turn();
    expect(said()).toContain("Trained in this page");
  });

  it("says what works, and what keeps the graphics card from it", () => {
    started();
    bench().say({ kind: "working", engine: "WebAssembly (SIMD)", obstacle: "unused", lost: 0 });
    expect(said()).toMatch(/^Trained in this page by WebAssembly \(SIMD\)\. .*hardware acceleration/);
    bench().say({ kind: "working", engine: "WebGPU (some card)", obstacle: null, lost: 0 });
    expect(said()).toBe("Trained in this page by WebGPU (some card)");
  });

  it("says that workers gave up", () => {
    started();
    const engine = "WebAssembly (SIMD, fused) on 2 workers";
    bench().say({ kind: "working", engine, obstacle: null, lost: 1 });
    expect(said()).toBe(`Trained in this page by ${engine}. A worker gave up, so the others do its part`);
    bench().say({ kind: "working", engine, obstacle: "unused", lost: 2 });
    expect(said()).toMatch(
      /\. 2 workers gave up, so the others do their part\. WebGPU needs a graphics card/,
    );
  });

  it("does not try a lost graphics card again after Reset", async () => {
    started();
    await turn();
    expect(bench().asked[0]).toMatchObject({ wish: "fastest" });
    bench().say({ kind: "working", engine: "WebAssembly (SIMD)", obstacle: "lost", lost: 0 });
    expect(said()).toContain("gave up");
    button("Reset: back to the kept weights").click();
    expect(bench().asked[0]).toMatchObject({ kind: "begin", wish: "webassembly" });
  });

  it("asks for the engine that the page's address names", () => {
    history.replaceState(null, "", "?engine=webgpu");
    started();
    history.replaceState(null, "", "?engine=steam");
    started();
    history.replaceState(null, "", "?");
    expect(benches.map(({ asked }) => asked[0])).toMatchObject([{ wish: "webgpu" }, { wish: "fastest" }]);
  });

  it("asks for as many workers as the page's address says, if it is a number of workers", () => {
    for (const count of ["3", "0", "-1", "1.5", "65", "many"]) {
      history.replaceState(null, "", `?workers=${count}`);
      started();
    }
    history.replaceState(null, "", "?");
    started();
    expect(benches.map(({ asked }) => asked[0])).toMatchObject(
      [3, null, null, null, null, null, null].map((wanted) => ({ wanted })),
    );
  });

  it("says that the page can have no worker", () => {
    const made = new Continuation(kept(), 25, place, () => {
      throw new Error("workers are not allowed");
    });
    document.body.replaceChildren(made.bar.element);
    made.begin();
    expect(said()).toBe("The training cannot go on here: workers are not allowed.");
    expect(button("Resume").disabled).toBe(true);
  });

  it("says that its numbers are damaged", async () => {
    const training = kept();
    training.problem.targets.data = "!".repeat(8);
    started(training);
    await bench().work();
    expect(said()).toBe("The training cannot go on here: its targets are damaged.");
  });

  it("takes its branch with it and ends its worker", async () => {
    const made = started();
    await turn();
    made.destroy();
    expect(bench().ended).toBe(true);
    expect(branch.steps).toEqual([]);
    expect(document.querySelector(".vw-continue")).toBeNull();
  });
});
