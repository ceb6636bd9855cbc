import { beforeEach, expect, it } from "vitest";
import { ControlList } from "../../src/controls/control_list";
import { begin, files, sent, wire } from "../senders";

beforeEach(begin);

it("a record button sends clicks and cannot be pressed while a file is saved", () => {
  const host = document.createElement("div");
  const list = new ControlList(host, "p", wire, files);
  list.set([{ kind: "record_button", id: "r", label: "Record", state: "ready", origin: "", revision: 0 }]);
  const button = host.querySelector("button") as HTMLButtonElement;
  button.click();
  button.click();
  expect(sent).toEqual([
    ["r", true, 1],
    ["r", true, 2],
  ]);
  list.set([{ kind: "record_button", id: "r", label: "Stop", state: "saving", origin: "", revision: 0 }]);
  expect(host.querySelector("button")).toBe(button);
  expect(button.textContent).toBe("Stop");
  expect(button.getAttribute("aria-disabled")).toBe("true");
  expect(button.disabled).toBe(false); // which would take the focus from it
  button.click();
  expect(sent).toHaveLength(2);
});
