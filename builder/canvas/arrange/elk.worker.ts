/** The layout in a thread of its own: elkjs answers `{id, cmd, graph}` by `{id, data}` or `{id, error}`. */

import "elkjs/lib/elk-worker.min.js";
