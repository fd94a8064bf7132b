"""The studio of one workspace: everything a person, a command or a key may ask for.

Each method checks the role and gives plain JSON-safe dicts (`runtime.facade.shapes`). The work
itself is done in the module of its noun.
"""

from runtime.facade.studio.caring import Caring
from runtime.facade.studio.designing import Designing
from runtime.facade.studio.editing import Editing
from runtime.facade.studio.keeping import Keeping


class Studio(Designing, Editing, Caring, Keeping):
    """One workspace, on behalf of one person."""
