"""A tensor on a lit plane, with a camera that turns."""

import torch

import vultorch_widget as vultorch

view = vultorch.View("Scene", 800, 600)
panel = view.panel("3D")
texture = torch.rand(64, 64, 4)
scene = vultorch.SceneView("plane", 200, 150, msaa=4)
scene.background = (0.1, 0.2, 0.3)
scene.light.intensity = 1.5


@panel.on_frame
def draw():
    scene.camera.azimuth += 0.1
    scene.light.enabled = panel.checkbox("light", default=True)
    scene.camera.fov = panel.slider("fov", 10, 120, default=45)
    texture[..., 0] = view.frame_count / 12
    scene.set_tensor(texture)
    scene.render()


view.run(max_frames=12)
picture = view.snapshot()
scene.camera.reset()
corner = [round(part / 255, 1) for part in picture.getpixel((0, 0))[:3]]
print(view.frame_count, picture.size, corner, scene.camera.azimuth, scene.camera.distance)
