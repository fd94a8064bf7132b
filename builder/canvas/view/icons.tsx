/** Icons by their Lucide names. Those of the built-in nodes and of the editor itself are bundled; a
 * name from another package's node type is fetched once, with all of Lucide. */

import { useEffect, useState, type ComponentType, type SVGProps } from "react";

import AlignCenterHorizontal from "lucide-react/dist/esm/icons/align-center-horizontal.mjs";
import AlignCenterVertical from "lucide-react/dist/esm/icons/align-center-vertical.mjs";
import AlignEndHorizontal from "lucide-react/dist/esm/icons/align-end-horizontal.mjs";
import AlignEndVertical from "lucide-react/dist/esm/icons/align-end-vertical.mjs";
import AlignHorizontalSpaceBetween from "lucide-react/dist/esm/icons/align-horizontal-space-between.mjs";
import AlignStartHorizontal from "lucide-react/dist/esm/icons/align-start-horizontal.mjs";
import AlignStartVertical from "lucide-react/dist/esm/icons/align-start-vertical.mjs";
import AlignVerticalSpaceBetween from "lucide-react/dist/esm/icons/align-vertical-space-between.mjs";
import ArrowDown from "lucide-react/dist/esm/icons/arrow-down.mjs";
import ArrowLeft from "lucide-react/dist/esm/icons/arrow-left.mjs";
import ArrowRight from "lucide-react/dist/esm/icons/arrow-right.mjs";
import ArrowUp from "lucide-react/dist/esm/icons/arrow-up.mjs";
import CalendarClock from "lucide-react/dist/esm/icons/calendar-clock.mjs";
import CalendarDays from "lucide-react/dist/esm/icons/calendar-days.mjs";
import Check from "lucide-react/dist/esm/icons/check.mjs";
import ChevronDown from "lucide-react/dist/esm/icons/chevron-down.mjs";
import ChevronLeft from "lucide-react/dist/esm/icons/chevron-left.mjs";
import ChevronRight from "lucide-react/dist/esm/icons/chevron-right.mjs";
import ChevronUp from "lucide-react/dist/esm/icons/chevron-up.mjs";
import CircleAlert from "lucide-react/dist/esm/icons/circle-alert.mjs";
import CircleHelp from "lucide-react/dist/esm/icons/circle-help.mjs";
import ClipboardPaste from "lucide-react/dist/esm/icons/clipboard-paste.mjs";
import Clock from "lucide-react/dist/esm/icons/clock.mjs";
import CloudOff from "lucide-react/dist/esm/icons/cloud-off.mjs";
import Copy from "lucide-react/dist/esm/icons/copy.mjs";
import Ellipsis from "lucide-react/dist/esm/icons/ellipsis.mjs";
import Flag from "lucide-react/dist/esm/icons/flag.mjs";
import Flame from "lucide-react/dist/esm/icons/flame.mjs";
import Globe from "lucide-react/dist/esm/icons/globe.mjs";
import GripVertical from "lucide-react/dist/esm/icons/grip-vertical.mjs";
import Group from "lucide-react/dist/esm/icons/group.mjs";
import Hourglass from "lucide-react/dist/esm/icons/hourglass.mjs";
import Image from "lucide-react/dist/esm/icons/image.mjs";
import Info from "lucide-react/dist/esm/icons/info.mjs";
import Layers from "lucide-react/dist/esm/icons/layers.mjs";
import Link from "lucide-react/dist/esm/icons/link.mjs";
import List from "lucide-react/dist/esm/icons/list.mjs";
import ListChecks from "lucide-react/dist/esm/icons/list-checks.mjs";
import LoaderCircle from "lucide-react/dist/esm/icons/loader-circle.mjs";
import Mail from "lucide-react/dist/esm/icons/mail.mjs";
import Maximize from "lucide-react/dist/esm/icons/maximize.mjs";
import Maximize2 from "lucide-react/dist/esm/icons/maximize-2.mjs";
import Merge from "lucide-react/dist/esm/icons/merge.mjs";
import Minus from "lucide-react/dist/esm/icons/minus.mjs";
import Monitor from "lucide-react/dist/esm/icons/monitor.mjs";
import Network from "lucide-react/dist/esm/icons/network.mjs";
import Palette from "lucide-react/dist/esm/icons/palette.mjs";
import PanelLeftOpen from "lucide-react/dist/esm/icons/panel-left-open.mjs";
import PanelRightOpen from "lucide-react/dist/esm/icons/panel-right-open.mjs";
import Pencil from "lucide-react/dist/esm/icons/pencil.mjs";
import PenLine from "lucide-react/dist/esm/icons/pen-line.mjs";
import Pin from "lucide-react/dist/esm/icons/pin.mjs";
import Play from "lucide-react/dist/esm/icons/play.mjs";
import Plus from "lucide-react/dist/esm/icons/plus.mjs";
import Power from "lucide-react/dist/esm/icons/power.mjs";
import Redo2 from "lucide-react/dist/esm/icons/redo-2.mjs";
import RotateCcw from "lucide-react/dist/esm/icons/rotate-ccw.mjs";
import Scissors from "lucide-react/dist/esm/icons/scissors.mjs";
import Search from "lucide-react/dist/esm/icons/search.mjs";
import Send from "lucide-react/dist/esm/icons/send.mjs";
import Settings2 from "lucide-react/dist/esm/icons/settings-2.mjs";
import Shuffle from "lucide-react/dist/esm/icons/shuffle.mjs";
import Signpost from "lucide-react/dist/esm/icons/signpost.mjs";
import Smartphone from "lucide-react/dist/esm/icons/smartphone.mjs";
import Split from "lucide-react/dist/esm/icons/split.mjs";
import Stamp from "lucide-react/dist/esm/icons/stamp.mjs";
import Star from "lucide-react/dist/esm/icons/star.mjs";
import StickyNote from "lucide-react/dist/esm/icons/sticky-note.mjs";
import Tags from "lucide-react/dist/esm/icons/tags.mjs";
import Text from "lucide-react/dist/esm/icons/text.mjs";
import Timer from "lucide-react/dist/esm/icons/timer.mjs";
import Trash2 from "lucide-react/dist/esm/icons/trash-2.mjs";
import TriangleAlert from "lucide-react/dist/esm/icons/triangle-alert.mjs";
import Type from "lucide-react/dist/esm/icons/type.mjs";
import Undo2 from "lucide-react/dist/esm/icons/undo-2.mjs";
import Ungroup from "lucide-react/dist/esm/icons/ungroup.mjs";
import User from "lucide-react/dist/esm/icons/user.mjs";
import UserRoundPen from "lucide-react/dist/esm/icons/user-round-pen.mjs";
import UserRoundPlus from "lucide-react/dist/esm/icons/user-round-plus.mjs";
import Variable from "lucide-react/dist/esm/icons/variable.mjs";
import Waypoints from "lucide-react/dist/esm/icons/waypoints.mjs";
import Webhook from "lucide-react/dist/esm/icons/webhook.mjs";
import X from "lucide-react/dist/esm/icons/x.mjs";
import Zap from "lucide-react/dist/esm/icons/zap.mjs";

type Drawing = ComponentType<SVGProps<SVGSVGElement> & { size?: number; strokeWidth?: number }>;

const BUNDLED: { [name: string]: Drawing } = {
  "align-center-horizontal": AlignCenterHorizontal,
  "align-center-vertical": AlignCenterVertical,
  "align-end-horizontal": AlignEndHorizontal,
  "align-end-vertical": AlignEndVertical,
  "align-horizontal-space-between": AlignHorizontalSpaceBetween,
  "align-start-horizontal": AlignStartHorizontal,
  "align-start-vertical": AlignStartVertical,
  "align-vertical-space-between": AlignVerticalSpaceBetween,
  "arrow-down": ArrowDown,
  "arrow-left": ArrowLeft,
  "arrow-right": ArrowRight,
  "arrow-up": ArrowUp,
  "calendar-clock": CalendarClock,
  "calendar-days": CalendarDays,
  check: Check,
  "chevron-down": ChevronDown,
  "chevron-left": ChevronLeft,
  "chevron-right": ChevronRight,
  "chevron-up": ChevronUp,
  "circle-alert": CircleAlert,
  "circle-help": CircleHelp,
  "clipboard-paste": ClipboardPaste,
  clock: Clock,
  "cloud-off": CloudOff,
  copy: Copy,
  ellipsis: Ellipsis,
  flag: Flag,
  flame: Flame,
  globe: Globe,
  "grip-vertical": GripVertical,
  group: Group,
  hourglass: Hourglass,
  image: Image,
  info: Info,
  layers: Layers,
  link: Link,
  list: List,
  "list-checks": ListChecks,
  "loader-circle": LoaderCircle,
  mail: Mail,
  maximize: Maximize,
  "maximize-2": Maximize2,
  merge: Merge,
  minus: Minus,
  monitor: Monitor,
  network: Network,
  palette: Palette,
  "panel-left-open": PanelLeftOpen,
  "panel-right-open": PanelRightOpen,
  "pen-line": PenLine,
  pencil: Pencil,
  pin: Pin,
  play: Play,
  plus: Plus,
  power: Power,
  "redo-2": Redo2,
  "rotate-ccw": RotateCcw,
  scissors: Scissors,
  search: Search,
  send: Send,
  "settings-2": Settings2,
  shuffle: Shuffle,
  signpost: Signpost,
  smartphone: Smartphone,
  split: Split,
  stamp: Stamp,
  star: Star,
  "sticky-note": StickyNote,
  tags: Tags,
  text: Text,
  timer: Timer,
  "trash-2": Trash2,
  "triangle-alert": TriangleAlert,
  type: Type,
  "undo-2": Undo2,
  ungroup: Ungroup,
  user: User,
  "user-round-pen": UserRoundPen,
  "user-round-plus": UserRoundPlus,
  variable: Variable,
  waypoints: Waypoints,
  webhook: Webhook,
  x: X,
  zap: Zap,
};

/** An icon beside a word, hidden from screen readers: the word or the button's name says it. */
export function Icon({ name, size = 16 }: { name: string; size?: number }) {
  const bundled = BUNDLED[name];
  const Drawn = bundled ?? Fetched;
  const more = bundled ? {} : { name };
  return <Drawn size={size} strokeWidth={size > 16 ? 1.75 : 2} aria-hidden="true" {...more} />;
}

function Fetched({ name, size, strokeWidth }: { name?: string; size?: number; strokeWidth?: number }) {
  const [drawing, setDrawing] = useState<{ is: Drawing }>({ is: Info });
  useEffect(() => {
    let wanted = true;
    const key = (name ?? "").split("-").map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("");
    import("./all_icons").then(
      ({ icons }) => {
        const found = (icons as { [name: string]: Drawing })[key];
        if (wanted && found) setDrawing({ is: found });
      },
      () => undefined, // offline: the plain icon stays
    );
    return () => {
      wanted = false;
    };
  }, [name]);
  const Drawn = drawing.is;
  return <Drawn size={size} strokeWidth={strokeWidth} aria-hidden="true" />;
}
