// What anywidget loads: a rendering a view, gone without a trace when the view goes.

import { App } from "./app";
import type { Model } from "./connection";
import "./style.css";

export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const app = new App(model);
    app.element.dataset.vwRoot = "";
    el.append(app.element);
    return () => app.destroy();
  },
};
