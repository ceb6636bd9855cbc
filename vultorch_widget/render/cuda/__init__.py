"""Memory and semaphores that Vulkan made, as CUDA and torch see them. Only `render.vulkan` imports this."""
