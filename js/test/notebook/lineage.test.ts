import { expect, it } from "vitest";
import { joinLineage } from "../../src/notebook/lineage";
import type { Model } from "../../src/wire/connection";
import { FakeModel } from "../hosts";
import { replay } from "../replay/replays";

interface Sent {
  kernel: string;
  content: { kind: string; buffer: number };
  buffers: ArrayBuffer[];
}

/** The widget manager of a document, and what its views send to their kernels. */
class Document {
  sent: Sent[] = [];
  dead = new Set<string>(); // kernels
  manager: Record<string, unknown> = {
    context: {},
    get_model: async (kernel: string) => ({
      comm_live: !this.dead.has(kernel),
      send: (content: Sent["content"], _: unknown, buffers: ArrayBuffer[]) => {
        this.sent.push({ kernel, content, buffers });
      },
    }),
  };

  /** A view that `kernel` has made. Returns what ends it. */
  async has(kernel: string, text: string, lineage = "title Fit", over = false): Promise<() => void> {
    const traits: Record<string, unknown> = { _kernel: kernel, _lineage: lineage, _over: over };
    const model = Object.assign(new FakeModel(), { widget_manager: this.manager });
    model.get = (name: string) => traits[name] ?? `IPY_MODEL_${kernel}`;
    const leave = joinLineage(model as unknown as Model, () => text);
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    return leave;
  }

  /** A view that the notebook has kept of a kernel that is gone. */
  async kept(kernel: string, text: string, lineage?: string): Promise<() => void> {
    this.dead.add(kernel);
    return this.has(kernel, text, lineage);
  }

  /** The titles of the runs that were handed over, and to which kernel. */
  get handed(): [string, string][] {
    return this.sent.map(({ kernel, buffers }) => [
      JSON.parse(new TextDecoder().decode(buffers[0])).title,
      kernel,
    ]);
  }
}

const text = (title: string) => JSON.stringify(replay({ title }));

it("hands what an earlier kernel has left to the view that takes its place, without pictures", async () => {
  const document = new Document();
  await document.kept("earlier", text("then"));
  expect(document.sent).toEqual([]);
  await document.has("now", text("now"));
  expect(document.sent.map(({ content }) => content)).toEqual([
    { kind: "earlier_run", buffer: 0, client: expect.any(String) },
  ]);
  const [{ buffers }] = document.sent as [Sent];
  expect(JSON.parse(new TextDecoder().decode(buffers[0]))).toMatchObject({
    series: { loss: { values: [1, null, 0.25] } },
    frames: [],
    blobs: [],
  });
});

it("hands over the newest of several, and each once", async () => {
  const document = new Document();
  await document.kept("first", text("first"));
  await document.kept("second", text("second"));
  await document.has("now", text("now"));
  expect(document.handed).toEqual([["second", "now"]]);
  await document.has("now", text("again"));
  document.dead.add("now"); // its views stay in the page
  await document.has("next", text("next"));
  expect(document.handed.slice(1)).toEqual([["again", "next"]]);
});

it("hands over what is loaded late", async () => {
  const document = new Document();
  await document.has("now", text("now"));
  await document.kept("earlier", text("then"));
  expect(document.handed).toEqual([["then", "now"]]);
});

it("hands nothing to another view, nor to one of the same kernel, nor to one that is over", async () => {
  const document = new Document();
  await document.kept("earlier", text("then"));
  await document.has("now", text("now"), "title Other");
  document.dead.clear(); // the kernel was only away
  await document.has("earlier", text("again"));
  expect(document.sent).toEqual([]);
  document.dead.add("earlier");
  await document.has("now", text("over"), "title Fit", true);
  expect(document.sent).toEqual([]);
});

it("leaves nothing once its model is gone", async () => {
  const document = new Document();
  const leave = await document.kept("earlier", text("then"));
  leave();
  await document.has("now", text("now"));
  expect(document.sent).toEqual([]);
});

it.each([
  ["nothing was kept", ""],
  ["what was kept is damaged", text("then").slice(0, -9)],
  ["nothing was logged", JSON.stringify(replay({ series: {} }))],
  [
    "there is too much of it",
    JSON.stringify(
      replay({
        series: Object.fromEntries(
          Array.from({ length: 500 }, (_, i) => {
            const steps = Array.from({ length: 256 }, (_, step) => step);
            return [`s${i}`, { steps, values: steps.map((step) => step / 3), averages: null, best: null }];
          }),
        ),
      }),
    ),
  ],
])("hands nothing over if %s", async (_, kept) => {
  const document = new Document();
  await document.kept("earlier", kept);
  await document.has("now", text("now"));
  expect(document.sent).toEqual([]);
});

it("does nothing in a host without a document, nor for a view that replaces none", async () => {
  const document = new Document();
  await document.kept("earlier", text("then"), "");
  await document.has("now", text("now"), "");
  delete document.manager.context;
  await document.kept("earlier", text("then"));
  await document.has("now", text("now"));
  expect(document.sent).toEqual([]);
  expect(Object.getOwnPropertySymbols(document.manager)).toEqual([]);
});
