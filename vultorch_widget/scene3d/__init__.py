"""A textured, lit plane seen by an orbit camera, in torch: rays, no triangles."""
