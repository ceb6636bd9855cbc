// The worker of a training in the page.

import { Answers, type Reply, type Request } from "./answers";
import { onGraphics } from "./gpu_search";

declare function postMessage(message: Reply, transfer?: Transferable[]): void;

const answers = new Answers(
  (reply) => {
    const moved = reply.kind === "frame" && reply.pixels !== null ? [reply.pixels.buffer] : [];
    postMessage(reply, moved);
  },
  onGraphics(self as unknown as Parameters<typeof onGraphics>[0]),
);

addEventListener("message", ({ data }: MessageEvent<Request>) => answers.take(data));
