// Decodes picture files off the main thread.

export interface Decoded {
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
  close(): void;
}

export type Decode = (bytes: DataView, format: string) => Promise<Decoded>;

/** Decodes a JPEG or PNG file to exactly the pixels that were sent: no colour management, no premultiplied alpha. */
export const decode: Decode = (bytes, format) =>
  format === "jpeg" && typeof ImageDecoder !== "undefined" ? decodeInPlace(bytes) : decodeBlob(bytes, format);

// A Blob's bytes go to the browser process and back, which costs 4% of a core at 55 frames a second.
async function decodeInPlace(bytes: DataView): Promise<Decoded> {
  const data = bytes as DataView<ArrayBuffer>;
  const decoder = new ImageDecoder({ type: "image/jpeg", data, colorSpaceConversion: "none" });
  try {
    const { image } = await decoder.decode();
    return { image, width: image.displayWidth, height: image.displayHeight, close: () => image.close() };
  } finally {
    decoder.close();
  }
}

async function decodeBlob(bytes: DataView, format: string): Promise<Decoded> {
  const blob = new Blob([bytes as DataView<ArrayBuffer>], { type: `image/${format}` });
  const exactly = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  const image = await createImageBitmap(blob, exactly);
  return { image, width: image.width, height: image.height, close: () => image.close() };
}
