// The colormaps to choose from, for pages without a kernel. Pure.

/** The same 33 evenly spaced colours as in the kernel, in hexadecimal RGB. A test compares the two. */
export const STOPS: Readonly<Record<string, string>> = {
  viridis:
    "440154470d6048186a482374472d7b4536814240863f49893b528b375a8d33638d2f6a8e2c728e297a8e26818e23898e21908c1f988b1f9f8821a68528ae8031b57b3ebc744cc26c5dc9636ece5882d34c96d83fabdc32c0df24d5e21aeae51afde725",
  magma:
    "0000040303110a0822130d331d114628115a36106a430f7650127c5d177f691c817621818226818f2a819c2e7fa9327db63779c33b75cf4170db486ae65163ee5c5ef5695cf9785dfb8761fd9668fea571feb47bfec387fed194fde0a2fceeb0fcfdbf",
  inferno:
    "0000040403120b0724150b37210c4a2e0a5a3c09654a0c6b57106d63146e70196e7d1e6d89226a962766a32b61af315cbb3755c63e4dd14644db4f3be35932eb6528f1711ef67f14f98d0afb9c06fcab0ffbba1ff9ca32f5d949f2e865f3f586fcffa4",
  turbo:
    "30123b392a734040a14456c7466be3467ff64293ff37a7fa29bbec1dcdd818dcc31ee8b031f2994cf97e6bfd648aff4da3fd3cb8f735cced34dee037edd03af8c03afdae35fe982cfb8022f56817ec520fe04009d23105c02302ac1701950d017a0403",
  cividis:
    "00224e00285b002e6a0433711a386f273e6e32436d3b496c434e6c4b546c52596d5a5f6e61656f686a716f70737576767c7b788481798b8778938d789b9376a39a75aba072b3a670bbad6cc3b469ccba64d4c15fddc958e6d051efd748f8df3cfee838",
  coolwarm:
    "3b4cc0445acc4d68d75775e16282ea6c8ef1779af782a5fb8db0fe98b9ffa3c2feaec9fcb8d0f9c2d5f4ccd9eed5dbe6dddddde5d8d1ecd3c5f1ccb9f4c4adf7bba0f7b194f7a687f49a7bf18d6fec7f63e57058de604dd55042cb3e38c0282fb40426",
  twilight:
    "e2d9e2d6d7ddc3ced4abc2cc94b4c781a6c37297c16886be6275ba5f63b55e51ad5d3da1592a8f521b7745135c3811463014373a113a4b13425f174a741e4f872750983550a64550b25652bb6858c27c62c78f72cca388d1b5a2d8c6bdded3d5e2d9e2",
};

/** The 256 colours of `stops`, RGB, or null if these are not colours. */
export function table(stops: string): Uint8ClampedArray | null {
  const bytes = (stops.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16));
  const last = bytes.length / 3 - 1;
  if (!(last >= 1) || !Number.isInteger(last) || bytes.length * 2 !== stops.length) return null;
  return Uint8ClampedArray.from({ length: 256 * 3 }, (_, i) => {
    const at = (Math.floor(i / 3) / 255) * last;
    const from = Math.min(last - 1, Math.floor(at));
    const one = bytes[from * 3 + (i % 3)] as number;
    const other = bytes[from * 3 + 3 + (i % 3)] as number;
    return one + (at - from) * (other - one);
  });
}
