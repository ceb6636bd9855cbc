import { describe, expect, it } from "vitest";
import { imageSize } from "../../src/replay/image_size";
import { earlier } from "../saved";

describe("the header of a picture file", () => {
  const size = (data: string) =>
    imageSize(new DataView(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer));

  it("has the size of the picture, or none if it is damaged", () => {
    const { blobs } = earlier();
    for (const { data, width, height } of blobs) expect(size(data)).toEqual([width, height]);
    expect(new Set(blobs.map((blob: { format: string }) => blob.format))).toEqual(new Set(["jpeg", "png"]));
    expect(["", "AAAA", btoa("\xff\xd8"), btoa(`\xff\xd8${"\0".repeat(30)}`)].map(size)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
