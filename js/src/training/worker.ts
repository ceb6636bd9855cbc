// The program of the workers of a training in the page: of the one that answers the page, and of its mates.

import { Answers, type Reply, type Request } from "./answers";
import { onGraphics } from "./gpu_search";
import { type Done, Mate, type Task } from "./mate";

declare function postMessage(message: Reply | Done, moved?: Transferable[]): void;

const answers = new Answers(
  (reply) => {
    const moved = reply.kind === "frame" && reply.pixels !== null ? [reply.pixels.buffer] : [];
    postMessage(reply, moved);
  },
  onGraphics(self as unknown as Parameters<typeof onGraphics>[0]),
  navigator.hardwareConcurrency,
);
const mate = new Mate((done, moved) => postMessage(done, moved));

addEventListener("message", ({ data }: MessageEvent<Request | Task>) => {
  if (data.kind === "begin" || data.kind === "frame") answers.take(data);
  else mate.take(data);
});
