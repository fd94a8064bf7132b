/** All of Lucide, in a part of its own that is fetched only when an icon is not bundled. */
export { icons } from "lucide-react";
