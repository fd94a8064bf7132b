export const outline = {
  "outline.tree": "Die Journey von oben nach unten",
  "outline.goes_on": "weiter mit „{name}“",
  "outline.way_goes_on": "{way}: weiter mit „{name}“",
  "outline.ends": "endet hier",
  "outline.fails": "der Lauf scheitert und braucht Sie",
  "outline.way_ends": "{way}: {end}, nach {name}",
  "outline.add": "Neu",
  "outline.add_after": "Knoten nach {name} hinzufügen",
  "outline.add_way": "Knoten hinzufügen: {way} von {name}",
  "outline.from": "nach {name}",
  "outline.disconnected": "„{from}“ führt nicht mehr zu „{to}“.",
  "outline.cut": "Diese Verbindung entfernen",
  "outline.then": "dann",
  "outline.help":
    "Auf und Ab gehen von Zeile zu Zeile, Links zum Knoten davor. Enter öffnet die Einstellungen, N fügt hinzu, C verbindet, R ersetzt, F2 benennt um, D schaltet aus, Alt mit Auf oder Ab ändert die Reihenfolge, Entf löscht.",
  "outline.loose": "Nichts führt hierher",
  "outline.found": "gefunden",
} as const;
