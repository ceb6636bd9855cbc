import { beforeEach, describe, expect, it } from "vitest";
import { Transfers } from "../../src/files/transfers";
import type { Outgoing } from "../../src/wire/connection";

describe("Transfers", () => {
  const place = { panel: "p", control: "open" };
  let sent: Outgoing[];
  let told: [number | null, string][];
  let transfers: Transfers;
  const tell = (share: number | null, error: string) => void told.push([share, error]);
  const settled = () => new Promise((done) => setTimeout(done));

  beforeEach(() => {
    sent = [];
    told = [];
    transfers = new Transfers({ client: "me", send: (message) => sent.push(message) });
  });

  it("send uploads and fetches on the wire, and take the answers to both", async () => {
    transfers.upload(place, new File(["12345"], "a.png"), tell);
    await settled();
    expect(sent).toMatchObject([{ kind: "upload", ...place, name: "a.png", size: 5, offset: 0 }]);
    const { upload } = sent[0] as Extract<Outgoing, { kind: "upload" }>;
    transfers.takeReceived({ kind: "received", client: "me", upload, bytes: 5, error: "" });
    expect(told.at(-1)).toEqual([null, ""]);
    transfers.download("t", tell);
    expect(sent.at(-1)).toEqual({ kind: "fetch", token: "t", offset: 0 });
    const missing = { name: "a.gif", size: 0, offset: 0, buffer: 0, error: "it is gone" };
    transfers.takeChunk({ kind: "chunk", client: "me", token: "t", ...missing }, []);
    expect(told.at(-1)).toEqual([null, "it is gone"]);
  });

  it("fail when the kernel goes, and are refused until it is back", () => {
    transfers.download("t", tell);
    transfers.live = false;
    transfers.download("t", tell);
    transfers.upload(place, new File(["1"], "a.png"), tell)();
    expect(told).toEqual([
      [0, ""],
      [null, "No kernel is connected to send the file"],
      [null, "No kernel is connected to send the file"],
      [null, "No kernel is connected to take the file"],
    ]);
    transfers.live = true;
    transfers.download("t", tell);
    expect(sent.filter(({ kind }) => kind === "fetch")).toHaveLength(2);
  });
});
