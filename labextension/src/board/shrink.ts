/**
 * Pictures made ready to be sent: upright, no larger than a board can show, in a format that every reader knows.
 *
 * It promises a picture whose longest side is at most `SIDE` and which is at most the given number of bytes, or
 * `Unreadable`. What is fine as it is goes as it is. It must never run anything that is in a file.
 */

/** Pixels of the longest side: what the server keeps, and more than a page shows on the largest screen. */
export const SIDE = 4_096;
/** Pixels of the longest side that a drawing is made at the least: it can be drawn as sharp as one likes. */
const DRAWING = 1_600;
/** What the server takes as it is; anything else that the browser can show is written anew. */
const PLAIN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Made of lines and flat areas, mostly: what blurs them is the last resort. */
const DRAWN = /^image\/(png|gif|svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)$/;
const QUALITY = 0.88;

/** These bytes are no picture that this browser can show. */
export class Unreadable extends Error {}

export interface Ready {
  readonly name: string;
  /** What is sent. */
  readonly blob: Blob;
  /** What is shown meanwhile. */
  readonly bitmap: ImageBitmap;
  /** Of the picture as it was, upright. */
  readonly natural: { readonly width: number; readonly height: number };
}

/** @throws Unreadable */
export async function shrunk(file: Blob, most: number): Promise<Ready> {
  const name = file instanceof File ? file.name : "";
  const { bitmap: whole, natural } = isSvg(file) ? await drawing(file) : await decoded(file);
  const long = Math.max(whole.width, whole.height);
  if (long <= SIDE && file.size <= most && PLAIN.has(file.type))
    return { name, blob: file, bitmap: whole, natural };
  const types = DRAWN.test(file.type) ? ["image/png", "image/jpeg"] : ["image/jpeg"];
  if (file.type !== "image/jpeg" && hasClear(whole)) types.splice(0, 2, "image/png");
  for (let side = Math.min(SIDE, long); side >= 1; side = Math.floor(side / 2)) {
    const canvas = drawn(whole, side / long);
    for (const type of types) {
      const blob = await written(canvas, type);
      if (!blob || blob.size > most) continue;
      const bitmap = await createImageBitmap(canvas);
      whole.close();
      return { name, blob, bitmap, natural };
    }
  }
  whole.close();
  throw new Unreadable(name);
}

async function decoded(file: Blob): Promise<Pick<Ready, "bitmap" | "natural">> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    return { bitmap, natural: { width: bitmap.width, height: bitmap.height } };
  } catch {
    throw new Unreadable("not a picture");
  }
}

const isSvg = (file: Blob) =>
  file.type === "image/svg+xml" || (file instanceof File && /\.svg$/i.test(file.name));

/** A drawing as pixels. As an image element it can neither run scripts nor fetch anything. */
async function drawing(file: Blob): Promise<Pick<Ready, "bitmap" | "natural">> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([file], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const natural = { width: image.naturalWidth || DRAWING / 2, height: image.naturalHeight || DRAWING / 2 };
    const long = Math.max(natural.width, natural.height);
    const scale = Math.min(SIDE / long, Math.max(1, DRAWING / long));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(natural.width * scale));
    canvas.height = Math.max(1, Math.round(natural.height * scale));
    contextOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
    return { bitmap: await createImageBitmap(canvas), natural };
  } catch {
    throw new Unreadable("not a drawing");
  } finally {
    URL.revokeObjectURL(url);
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Unreadable("no canvas");
  return context;
}

function drawn(bitmap: ImageBitmap, scale: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Does anything shine through? Asked of a small copy. */
function hasClear(bitmap: ImageBitmap): boolean {
  const canvas = drawn(bitmap, Math.min(1, 200 / Math.max(bitmap.width, bitmap.height)));
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 3; i < data.length; i += 4) if (data[i]! < 250) return true;
  return false;
}

function written(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  return new Promise((done) => canvas.toBlob(done, type, type === "image/jpeg" ? QUALITY : undefined));
}
