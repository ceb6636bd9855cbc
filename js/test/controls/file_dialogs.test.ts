import { beforeEach, describe, expect, it } from "vitest";
import { ControlList } from "../../src/controls/control_list";
import type { Control, FileDialog, SaveFileDialog } from "../../src/wire/protocol";
import { begin, downloads, files, sent, uploads, wire } from "../senders";

beforeEach(begin);

const file = (bytes: number, name = "a.bin") => new File([new Uint8Array(bytes)], name);

function list(...controls: Control[]): ControlList {
  const host = document.createElement("div");
  document.body.append(host);
  const made = new ControlList(host, "p", wire, files);
  made.set(controls);
  return made;
}

const open = (overrides: Partial<FileDialog> = {}): FileDialog => ({
  kind: "file_dialog",
  id: "o",
  label: "Open",
  title: "A picture",
  extensions: [".png", ".exr"],
  most_bytes: 5000,
  name: "",
  size: 0,
  ...overrides,
});

describe("a file dialog", () => {
  const find = <T extends Element>(selector: string) => document.querySelector(selector) as unknown as T;
  const words = () => find(".vw-file-words").textContent;
  const choose = (...files: File[]) => {
    const input = find<HTMLInputElement>("input[type=file]");
    Object.defineProperty(input, "files", { value: files, configurable: true });
    input.dispatchEvent(new Event("change"));
  };

  it("has a name where no label is shown", () => {
    const controls = list(open({ id: "file_dialog:##weights", label: "" }));
    const names = () =>
      [...controls.element.querySelectorAll("button:first-child, input, progress")].map(
        (part) => part.getAttribute("aria-label") ?? part.textContent,
      );
    expect(names()).toEqual(["weights", "weights", "weights"]);
    controls.set([open({ id: "file_dialog:##weights" })]);
    expect(names()).toEqual(["Open", "Open", "Open"]);
  });

  it("sends the chosen file, says how far it is, and then what the kernel calls it", () => {
    const controls = list(open());
    expect(find<HTMLInputElement>("input").accept).toBe(".png,.exr");
    expect(find("button").textContent).toBe("Open");
    expect(words()).toBe("No file chosen");
    choose(file(3000, "cat.png"));
    expect(uploads.map((upload) => upload.control)).toEqual(["o"]);
    uploads[0]?.told(0.5, "");
    expect(words()).toBe("cat.png · 50% of 3.0 kB");
    expect(find<HTMLProgressElement>("progress").hidden).toBe(false);
    controls.set([open({ label: "Open!" })]); // something else changes meanwhile
    expect(words()).toBe("cat.png · 50% of 3.0 kB");
    uploads[0]?.told(1, "");
    uploads[0]?.told(null, "");
    expect(words()).toBe("cat.png · 3.0 kB");
    expect(find<HTMLProgressElement>("progress").hidden).toBe(true);
    controls.set([open({ name: "cat_.png", size: 3000 })]);
    expect(words()).toBe("cat_.png · 3.0 kB");
  });

  it("refuses a file that is too large, and several, with the reason", () => {
    const controls = list(open());
    choose(file(5001, "big.png"));
    expect(words()).toBe("big.png is too large: 5.0 kB, at most 5.0 kB can be sent");
    choose(file(1), file(2));
    expect(words()).toBe("One file at a time, not 2");
    expect(uploads).toEqual([]);
    controls.set([open({ name: "from another page.png", size: 9 })]);
    expect(words()).toBe("from another page.png · 9 bytes");
  });

  it("shows what the kernel refused until a file arrives", () => {
    list(open());
    choose(file(10));
    uploads[0]?.told(null, "the disk is full");
    expect(words()).toBe("the disk is full");
    expect(find(".vw-file").classList.contains("vw-wrong")).toBe(true);
    choose(file(10));
    expect(find(".vw-file").classList.contains("vw-wrong")).toBe(false);
  });

  it("stops for a hand, for another file, and when it is taken down", () => {
    const controls = list(open({ name: "before.png", size: 7 }));
    choose(file(10));
    const cancel = find<HTMLButtonElement>(".vw-dismiss");
    cancel.focus();
    cancel.click();
    expect(uploads[0]?.stopped).toBe(true);
    expect(words()).toBe("before.png · 7 bytes");
    expect(document.activeElement).toBe(find("button"));
    choose(file(10));
    choose(file(11));
    expect(uploads[1]?.stopped).toBe(true);
    controls.set([]);
    expect(uploads[2]?.stopped).toBe(true);
  });

  it("takes a file that is dropped on it", () => {
    list(open());
    const drop = (kind: string, files: File[]) => {
      const event = new Event(kind, { bubbles: true, cancelable: true });
      Object.assign(event, { dataTransfer: { types: ["Files"], files } });
      find(".vw-file").dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(drop("dragover", [])).toBe(true);
    expect(find(".vw-file").classList.contains("vw-drop")).toBe(true);
    expect(drop("drop", [file(4)])).toBe(true);
    expect(find(".vw-file").classList.contains("vw-drop")).toBe(false);
    expect(uploads.map((upload) => upload.file.size)).toEqual([4]);
  });
});

const save = (overrides: Partial<SaveFileDialog> = {}): SaveFileDialog => ({
  kind: "save_file_dialog",
  id: "s",
  label: "Save",
  title: "",
  suggested: "untitled.png",
  state: "ready",
  path: "",
  size: 0,
  token: "",
  origin: "",
  revision: 0,
  ...overrides,
});

describe("a dialog to save", () => {
  const field = () => document.querySelector("input") as HTMLInputElement;
  const buttons = () => [...document.querySelectorAll("button")] as [HTMLButtonElement, HTMLButtonElement];
  const words = () => document.querySelector(".vw-file-words")?.textContent;
  const written = { state: "written", path: "/tmp/x/1/cat.png", size: 1234, token: "t" } as const;

  it("asks for the name that was typed, and fetches the file once it is there", () => {
    const controls = list(save());
    expect(field().value).toBe("untitled.png");
    field().value = " cat ";
    buttons()[0].click();
    expect(sent).toEqual([["s", "cat", 1]]);
    controls.set([save({ state: "asked", path: "/tmp/x/1/cat.png", origin: "me", revision: 1 })]);
    expect(words()).toBe("cat.png has not been written yet");
    expect(buttons()[1].hidden).toBe(true);
    controls.set([save({ ...written, origin: "me", revision: 1 })]);
    controls.set([save({ ...written, origin: "me", revision: 1, label: "Save!" })]);
    expect(downloads.map(([token]) => token)).toEqual(["t"]);
    expect(words()).toBe("cat.png · 1.2 kB");
    downloads[0]?.[1](0.25, "");
    expect(buttons()[1].textContent).toBe("25%");
    downloads[0]?.[1](null, "");
    buttons()[1].click();
    expect(downloads.length).toBe(2);
    controls.set([save({ ...written, token: "u", origin: "me", revision: 1 })]); // written once more
    expect(downloads.length).toBe(2);
    expect(buttons()[1].textContent).toBe("Download");
  });

  it("leaves files that another page asked for to a click", () => {
    const controls = list(save());
    controls.set([save({ ...written, origin: "you", revision: 1 })]);
    expect(downloads).toEqual([]);
    buttons()[1].click();
    expect(downloads.map(([token]) => token)).toEqual(["t"]);
    downloads[0]?.[1](null, "it is gone");
    expect([buttons()[1].textContent, buttons()[1].title]).toEqual(["Not downloaded", "it is gone"]);
  });

  it("asks on Enter, and for nothing without a name", () => {
    list(save());
    field().value = "  ";
    const enter = () => field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    enter();
    expect(sent).toEqual([]);
    expect(field().value).toBe("untitled.png");
    enter();
    expect(sent).toEqual([["s", "untitled.png", 1]]);
    field().focus();
    expect([field().selectionStart, field().selectionEnd]).toEqual([0, 8]);
  });

  it("names the place of a file that is too large", () => {
    list(save({ ...written, token: "" }));
    expect(words()).toBe("Written, 1.2 kB, too large to download: /tmp/x/1/cat.png");
    expect(buttons()[1].hidden).toBe(true);
  });
});
