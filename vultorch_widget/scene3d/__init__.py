"""A textured, lit plane viewed by an orbit camera, ray-traced in torch."""
