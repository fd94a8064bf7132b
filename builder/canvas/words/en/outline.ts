export const outline = {
  "outline.tree": "The journey, from top to bottom",
  "outline.goes_on": "goes on with “{name}”",
  "outline.way_goes_on": "{way}: goes on with “{name}”",
  "outline.ends": "ends here",
  "outline.fails": "the run fails and needs you",
  "outline.way_ends": "{way}: {end}, after {name}",
  "outline.add": "Add",
  "outline.add_after": "Add a node after {name}",
  "outline.add_way": "Add a node: {way} of {name}",
  "outline.from": "after {name}",
  "outline.disconnected": "“{from}” does not lead to “{to}” any more.",
  "outline.cut": "Take this line out",
  "outline.then": "then",
  "outline.help":
    "Up and Down go from row to row, Left to the node before. Enter opens the settings, N adds, C connects, R replaces, F2 renames, D turns off, Alt with Up or Down changes the order, Delete deletes.",
  "outline.loose": "Nothing leads here",
  "outline.found": "found",
} as const;
