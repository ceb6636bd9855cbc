// What anywidget loads: one of these a widget, with a rendering a view, gone without a trace when the view goes.

import type { Model } from "./connection";
import { Keeper } from "./keeper";
import { Renderings } from "./rendering";
import "./style.css";

export default () => {
  const renderings = new Renderings();
  return {
    initialize({ model }: { model: Model }): () => void {
      const keeper = new Keeper(model, () => renderings.pictures);
      return () => keeper.destroy();
    },
    render({ model, el }: { model: Model; el: HTMLElement }): () => void {
      return renderings.add(model, el);
    },
  };
};
