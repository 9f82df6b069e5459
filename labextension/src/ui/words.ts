/**
 * Every word that a person reads in the panels, in one place, so that another language is another table.
 *
 * It promises that a text is found for every key (checked by the compiler) and for every code that the server sends, known
 * or not. It must never hold markup: what is returned is text, and goes into the page as text.
 */

import { firstName } from "../core/people";
import { FAREWELLS, REFUSALS } from "../core/schema";

type Text = string | { one: string; other: string };

const ENGLISH = {
  // arrival
  "enter.title": "Join a class",
  "enter.with": "with {name}",
  "enter.live": "Live now",
  "enter.name": "Your name",
  "enter.code": "Code",
  "enter.code.hint": "Your teacher says or shows it, such as maple river 27.",
  "enter.join": "Join the class",
  "enter.joining": "Joining…",
  "enter.foot": "No account needed. Your class will see this name.",
  "enter.as": "as {name}, from before",
  "enter.other": "Join under another name",
  "enter.need.name": "Type your name, so that your class knows who you are.",
  "enter.need.code": "Type the code that your teacher says or shows.",
  "enter.code.wrong": "That code is not open now. Check it with your teacher, or use the link.",
  "enter.link.wrong": "This link is not open any more. Ask your teacher for a new one, or type the code.",
  "enter.tries": {
    one: "Too many tries. Wait {count} second, then try again.",
    other: "Too many tries. Wait {count} seconds, then try again.",
  },
  "enter.taken": "Someone here is called {name}. Add an initial?",
  "enter.long": "A name has at most {most} characters. This one has {count}.",
  "enter.closed": "This class takes no one new at the moment. Ask your teacher to open it.",
  "enter.unreachable": "The class cannot be reached. Check your connection, then try again.",
  "enter.failed": "That did not work. Try again, or ask your teacher for a new link.",

  // where no class is open
  "begin.title": "Start a class",
  "begin.name": "What is it called?",
  "begin.start": "Start the class",
  "begin.busy": "Starting…",
  "begin.need": "Give it a name, such as Linear algebra, week 3.",
  "begin.before": "Or go on with",

  // states of the whole surface
  "wait.connecting": "Opening the class…",
  "wait.connecting.more": "This takes a moment longer on a slow connection.",
  "saved.title": "This class is not connected",
  "saved.text": "Run the cell above to open {title} again.",
  "saved.title.any": "the class",
  "offline.title": "Reconnecting…",
  "offline.text.watch": "Your place is kept: this goes on by itself when you are back.",
  "offline.text": "Keep drawing: your work is kept and sent when you are back.",
  "online.back": "Back online.",
  "unsaved.other":
    "Nothing can be saved at the moment. Nothing drawn so far is lost, but new strokes are taken back.",
  "closed.removed": "You are no longer in this class",
  "closed.removed.text": "Your teacher has ended your visit. If that was a mistake, ask for a new link.",
  "closed.token": "This link is not open any more",
  "closed.token.text": "Ask your teacher for a new one.",
  "closed.token.staff": "Run the cell again to open the class here.",
  "closed.ended": "The class has ended",
  "closed.ended.text": "What was drawn and written is kept by your teacher.",
  "closed.replaced": "This class is open in another window",
  "closed.replaced.text": "Go on there, or take it back here.",
  "closed.upgrade": "The class has been updated",
  "closed.upgrade.text": "Reload the page. What you drew is kept.",
  "closed.other": "The connection has ended",
  "closed.reload": "Reload the page",
  "closed.again": "Join again",

  // strip at the top
  live: "Live",
  here: { one: "{count} here", other: "{count} here" },
  you: "you",
  "full.on": "Full screen",
  "full.off": "Leave full screen",
  "expand.on": "Fill the window",
  "expand.off": "Back to the notebook",
  more: "More",
  close: "Close",
  cancel: "Cancel",
  undo: "Undo",
  redo: "Redo",
  back: "Class",
  "drawer.show": "Show feed, chat and people",
  "drawer.hide": "Hide feed, chat and people",
  "region.top": "Class",
  "region.tools": "Drawing tools",
  "region.board": "Board",
  "region.dock": "Pages and hand",
  "region.drawer": "Feed, chat and people",
  "name.change": "Change my name",
  "name.keep": "Keep this name",
  "leave": "Leave the class",

  // tools
  "tool.pen": "Pen",
  "tool.highlighter": "Highlighter",
  "tool.shape": "Shapes",
  "shape.kind": "Shape",
  "shape.line": "Line",
  "shape.arrow": "Arrow",
  "shape.rectangle": "Rectangle",
  "shape.ellipse": "Ellipse",
  "shape.triangle": "Triangle",
  "shape.polygon": "Polygon: press its corners, then the first one again",
  "shape.dash": "Line style",
  "shape.solid": "Solid",
  "shape.dashed": "Dashed",
  "shape.dotted": "Dotted",
  "shape.fill": "Fill",
  "tool.text": "Text",
  "tool.note": "Sticky note",
  "text.title": "Colour and size: {colour}, {size}",
  "text.size": "Size",
  "text.size.1": "Small",
  "text.size.2": "Medium",
  "text.size.3": "Large",
  "text.size.4": "Huge",
  "text.align": "Alignment",
  "text.left": "Left",
  "text.centre": "Centre",
  "text.right": "Right",
  "write.text": "Text on the board: Markdown, and mathematics between dollar signs. Escape keeps it.",
  "write.note":
    "Sticky note: Markdown, and mathematics between dollar signs. Escape keeps it, Tab makes the next one.",
  "write.bar": "Writing",
  "write.bold": "Bold",
  "write.italic": "Italic",
  "write.code": "Code",
  "write.formula": "Formula",
  "write.list": "List",
  "write.smaller": "Smaller",
  "write.larger": "Larger",
  "write.copy": "Copy",
  "write.copied": "Copied",
  "write.discard": "Throw away",
  "write.stuck.gone": "That page is gone. Copy your words if you want to keep them.",
  "write.stuck.locked": "This page is locked now, so this cannot be kept. Copy your words, or wait.",
  "write.stuck.right": "You may not draw here now, so this cannot be kept. Copy your words, or wait.",
  "write.stuck.thing": "This text is locked now, so your changes cannot be kept. Copy your words, or wait.",
  "write.stuck.refused": "That was not accepted. Your words are still here: change them, or copy them.",
  "write.stuck.long": "This is too much for one text. Take some of it out.",
  "tool.eraser": "Eraser",
  "eraser.kind": "What it erases",
  "eraser.whole": "Whole strokes",
  "eraser.part": "Parts",
  "tool.laser": "Laser pointer",
  "tool.select": "Select",
  "select.kind": "Select by",
  "select.box": "Box",
  "select.lasso": "Lasso",
  "sel.bar": { one: "{count} thing selected", other: "{count} things selected" },
  "sel.look": "Colour and line",
  "sel.duplicate": "Duplicate",
  "sel.group": "Group",
  "sel.ungroup": "Ungroup",
  "sel.arrange": "Arrange",
  "sel.front": "Bring to front",
  "sel.forward": "Bring forward",
  "sel.backward": "Send backward",
  "sel.back": "Send to back",
  "sel.lock": "Lock",
  "sel.unlock": "Unlock",
  "sel.remove": "Delete",
  "ink.several": "several",
  "width.several": "several widths",
  "tool.hand": "Move the page",
  "tool.more": "More tools",
  "tool.more.now": "More tools: {tool}",
  "ink.title": "Colour and width: {colour}, {width}",
  "ink.colours": "Colour",
  "ink.widths": "Width",
  "ink.pace": "Thinner when fast",
  "ink.pace.long": "Strokes of mouse and finger are thinner where they go fast",
  "ink.ink": "ink",
  "ink.grey": "grey",
  "ink.red": "red",
  "ink.amber": "amber",
  "ink.green": "green",
  "ink.sky": "sky",
  "ink.blue": "blue",
  "ink.magenta": "magenta",
  "ink.other": "own colour",
  "width.1": "fine",
  "width.2": "medium",
  "width.3": "bold",
  "width.4": "marker",
  "draw.on": "You may draw on this page",
  "draw.pick": "Pick up the pen",
  "draw.off": "Only staff draw now",
  "draw.off.by": "Only {name} draws now",
  "draw.copy": "Your copy",
  "draw.copy.seen": "Only you and your teacher see this",

  // pictures and files
  "tool.image": "Picture",
  "picture.library": "Choose pictures",
  "picture.camera": "Take a photo",
  "picture.this": "That file",
  "picture.sending": { one: "Sending {percent}%", other: "Sending {count} pictures, {percent}%" },
  "picture.placed": { one: "The picture is on the page", other: "{count} pictures are on the page" },
  "picture.describe.title": "Describe this picture",
  "picture.describe.hint": "For people who cannot see it: what it shows, in a sentence.",
  "picture.describe.keep": "Keep",
  "menu.thing": "What to do with it",
  "menu.page": "This page",
  "menu.cut": "Cut",
  "menu.copy": "Copy",
  "menu.copy.png": "Copy as picture",
  "menu.copy.svg": "Copy as SVG",
  "menu.copied.picture": "Copied as a picture",
  "menu.copied.svg": "Copied as SVG",
  "menu.paste": "Paste",
  "menu.all": "Select all",
  "clip.copied": { one: "{count} thing copied", other: "{count} things copied" },
  "clip.cut": { one: "{count} thing cut", other: "{count} things cut" },
  "clip.pasted": { one: "{count} thing pasted", other: "{count} things pasted" },
  "clip.none": "There is nothing to paste. Copy something first.",
  "clip.keys": "The browser keeps the clipboard to itself. Press {keys} to paste.",
  "clip.failed": "The browser did not allow copying. Press {keys}.",
  "clip.large": "Pictures of more than 4 MB stay in this class; everything else is copied.",
  "clip.missing": {
    one: "{count} picture stayed in the class it was copied from. Copy it as a picture instead.",
    other: "{count} pictures stayed in the class they were copied from. Copy them as pictures instead.",
  },
  "objects.reading": "Reading the drawing…",
  "objects.left": "Pasted. Not brought along: {what}",
  "objects.failed": "This drawing could not be read. Save it again and drop it here.",
  "picture.unreadable": "{name} could not be read. Save it as JPEG or PNG and drop it again.",
  "picture.forbidden": "Drawing is off for you, so the picture was not placed.",
  "picture.offline": "You are offline, so the picture was not sent. Drop it again when you are back.",
  "picture.large": "This picture is {size} MB; up to {most} MB fits. Make it smaller and drop it again.",
  "picture.large.any": "This picture is too large; up to {most} MB fits. Make it smaller and drop it again.",
  "picture.failed": "The picture could not be sent. Try again.",
  "picture.other":
    "{name} cannot be shown on the board. Choose a picture, a PDF, or a file of Excalidraw or tldraw.",
  "import.open": "Import…",
  "import.button": "Import a PDF",
  "import.title": "Import a PDF",
  "import.text":
    "Each page becomes a page of the board, after this one, to write on. Or drop the file on the board.",
  "import.choose": "Choose a PDF",
  "import.again": "Choose another file",
  "import.sending": "Sending {name}",
  "import.reading": "Opening {name}",
  "import.page": "Page {number} of {count}",
  "import.done": { one: "{count} page was imported", other: "{count} pages were imported" },
  "import.undone": "The imported pages were taken out again",
  "import.failed": "{name} could not be imported. Try again.",
  "import.large": "This file is {size} MB; up to {most} MB fits. Split it, then import the parts.",
  "import.not": "{name} is not a PDF. Save it as PDF and import it again.",
  "import.none": "There is no page in {name}.",
  "import.offline": "You are offline, so {name} was not imported. Try again when you are back.",
  "import.one": "One PDF at a time: import {name} next.",
  "import.staff": "Only teachers and assistants import a PDF.",
  "drop.here": "Drop pictures here",
  "drop.staff": "Drop pictures or a PDF here",
  "drop.no": "Only staff draw now",

  // pages
  "page.of": "{number} of {count}",
  "page.said.title": "Page {number} of {count}, {title}",
  "page.locked.said": "The page was locked",
  "page.unlocked.said": "The page was unlocked",

  // private copies: walking the room, showing, ending
  "copies.each": "Everyone on their own copy",
  "copies.sheet": "The worksheet: everyone sees what you draw",
  "copies.sheet.locked": "The worksheet: handed in",
  "copies.on": "Everyone now works on a copy of their own",
  "copies.off": "One page for all again. What lies on the copies is kept.",
  "copies.in": "Handed in: nobody draws on this page any more",
  "copies.end": "End private copies",
  "copies.handin": "Hand in: nobody draws any more",
  "copies.reopen": "Let everyone draw again",
  "copies.common": "One page for all again",
  "walk.title": "Walking the room",
  "walk.open.it": "Walk the room",
  "walk.each": "everyone has their own copy",
  "walk.only": "only you see this",
  "walk.filter": "Whose copies",
  "walk.filter.all": "All",
  "walk.filter.hands": "Hands",
  "walk.filter.started": "Started",
  "walk.filter.none": "Nothing yet",
  "walk.names": "Names",
  "walk.names.long": "Show names",
  "walk.close": "Back to the board",
  "walk.copies": "Copies",
  "walk.copy": "Copy {number}",
  "walk.said": { one: "Walking the room: {count} copy", other: "Walking the room: {count} copies" },
  "walk.open": "Open {name}",
  "walk.show": "Show {name} to everyone",
  "walk.show.none": "Show {name} to everyone, without the name",
  "walk.write": "Write on {name}",
  "walk.state.away": "Away",
  "walk.state.drawing": "Drawing",
  "walk.state.started": "Started",
  "walk.state.none": "Nothing yet",
  "walk.state.shown": "Shown to all",
  "walk.state.hand": "hand up, {since}",
  "walk.none": "Nobody is here yet",
  "walk.none.text": "Everyone who joins gets a copy of this page and appears here.",
  "walk.none.filter": "Nobody at the moment",
  "copy.title": "{name}’s copy",
  "copy.back": "Back to the room",
  "copy.previous": "Previous copy",
  "copy.next": "Next copy",
  "copy.show": "Show to everyone",
  "copy.show.named": "Show to everyone, with the name",
  "copy.show.none": "Show to everyone, without the name",
  "show.all": "Show all",
  "show.all.named": "Show everyone’s work, with names",
  "show.all.none": "Show everyone’s work, without names",
  "show.busy": "Showing…",
  "show.title": "{name}’s work",
  "show.title.none": "Someone’s work",
  "show.title.all": "Everyone’s work",
  "show.all.who": "Everyone’s work",
  "show.tray": "On every screen",
  "show.on": "is on every screen",
  "show.on.none": "is shown without the name",
  "show.now": "{name}’s work is on every screen",
  "show.now.all": "Everyone’s work is on every screen",
  "show.name.hide": "Hide name",
  "show.name.show": "Show name",
  "show.names.hide": "Hide names",
  "show.names.show": "Show names",
  "show.back": "Take back",
  "show.back.said": "Taken back. Everyone is where they were.",
  "page.number": "Page {number}",
  "page.number.copy": "page {number}",
  "page.none": "No page",
  "page.previous": "Previous page",
  "page.next": "Next page",
  "page.add": "Add a page",
  "page.all": "All pages",
  "page.menu": "This page",
  "page.menu.of": "More for page {name}",
  "page.rename": "Rename…",
  "page.rename.label": "Title of the page",
  "page.rename.keep": "Keep this title",
  "page.lock": "Lock: only staff draw",
  "page.unlock": "Unlock",
  "page.look": "Background, size…",
  "page.look.title": "This page",
  "page.size": "Size",
  "page.size.wide": "16:9",
  "page.size.classic": "4:3",
  "page.size.upright": "A4 upright",
  "page.size.lying": "A4 lying",
  "page.size.square": "Square",
  "page.size.endless": "Endless",
  "page.add.size": "Add a page of another size",
  "page.add.here": "Add a page after this",
  "page.duplicate": "Duplicate",
  "page.title.copy": "{title}, copy",
  "page.moved": "Page {name} is now {number} of {count}",
  "page.empty": "Nothing is on page {name}",
  "page.beyond": {
    one: "{count} thing lies beyond the edge now. It is kept.",
    other: "{count} things lie beyond the edge now. They are kept.",
  },
  "page.audience": "For",
  "page.audience.all": "Everyone",
  "page.audience.each": "Each alone",
  "page.audience.staff": "Only staff",
  "page.audience.all.long": "Everyone sees the same page.",
  "page.audience.each.long": "Every student works on a copy that nobody else sees but you.",
  "page.audience.staff.long": "Students do not see this page.",
  "page.strip": "Pages beside the board",
  "page.strip.hide": "Hide the pages",
  "page.title": "Title of page {number}",
  "page.drag": "Drag, or Alt and arrows, to put it elsewhere. F2: title. Delete: remove.",
  "page.clear": "Clear",
  "page.delete": "Delete",
  "page.pattern": "Background",
  "page.blank": "Blank",
  "page.dots": "Dots",
  "page.grid": "Grid",
  "page.ruled": "Ruled",
  "page.axes": "Axes",
  "page.staves": "Staves",
  "snap": "Snap",
  "page.fit": "Zoom to fit",
  "page.back": "Back to the drawing",
  "page.in": "Zoom in",
  "page.out": "Zoom out",
  "page.locked": "This page is locked",
  "page.removed": "Page {name} was deleted",
  "page.cleared": "Page {name} was cleared",
  "page.said": "Page {number} of {count}",
  "page.first": "A clean page",
  "page.first.text": "Draw with mouse, pen or finger.",
  "page.first.staff": "Draw, paste a picture, or drop a PDF to write on.",
  "follow.now": "Following {name}",
  "follow.back": "Return to {name}",
  "follow.teacher": "the teacher",
  "follow.call": "Call everyone back",
  "follow.called": "Everyone was called back to your page",
  "follow.called.said": "{name} called everyone back",
  "follow.me": "Follow me",
  "follow.me.long": "Students follow my page and view",
  "draw.who": "Students draw",
  "draw.none": "No",
  "draw.chosen": "Chosen",
  "draw.all": "All",
  "chat.open": "Chat",
  "chat.open.long": "Students may write in the chat",

  "names.open": "People may change their names",
  "cursors.open": "Everyone sees everyone’s cursor",

  // hand
  "hand.raise": "Raise hand",
  "hand.short": "Hand",
  "hand.up": "Hand up, {place}",
  "hand.up.short": "Up, {place}",
  "hand.lower": "Press again to lower",
  "hand.said.up": "Your hand is up",
  "hand.said.down": "Your hand is down",

  // tabs
  "tab.feed": "Feed",
  "tab.chat": "Chat",
  "tab.people": "People",
  "tab.draw": "Draw",
  "tab.new": { one: "{count} new", other: "{count} new" },

  // people
  "people.hands": "Hands, in order",
  "people.here": "Here",
  "people.away": "Away",
  "people.nohands": "No hands up",
  "people.nohands.text": "Hands appear here in the order they were raised.",
  "people.none": "Nobody else is here yet",
  "people.none.text": "Share the link or say the code. Everyone who joins appears here.",
  "people.none.student": "Everyone who joins appears here.",
  "people.find": "Find a name",
  "people.find.none": "Nobody of that name is here.",
  "people.answered": "Answered: lower {name}’s hand",
  "people.draws": "May draw",
  "people.menu": "{name}: more",
  "people.draw.give": "Let {name} draw",
  "people.draw.take": "Stop {name} drawing",
  "people.draw.as": "Draw like everyone else",
  "people.chat.give": "Let {name} chat",
  "people.chat.take": "Stop {name} chatting",
  "people.role.assistant": "Make assistant",
  "people.role.teacher": "Make teacher",
  "people.role.student": "Make student",
  "people.role.observer": "Only watches",
  "people.clear": "Clear {name}’s work on this page",
  "people.cleared": "{name}’s work on this page was cleared",
  "people.remove": "Remove from the class",
  "people.removed": "{name} was removed. Their link works no more.",
  "people.removed.mark": "Removed",
  "people.removed.failed": "{name} could not be removed. Try again.",
  "people.joined": "{name} joined",
  "role.teacher": "Teacher",
  "role.assistant": "Assistant",
  "role.student": "Student",
  "role.observer": "Watches",

  // feed
  "feed.none": "Nothing here yet",
  "feed.none.text": "Notes, code and polls from your teacher appear here as the class goes on.",
  "feed.none.staff": "Push a note or a cell. Everyone in the class sees it here.",
  "feed.note": "Note",
  "feed.code": "Code",
  "feed.exercise": "Exercise",
  "feed.poll": "Poll",
  "feed.file": "File",
  "feed.board": "Board",
  "feed.push": "Push",
  "feed.push.title": "Push to everyone",
  "feed.push.note": "A note in Markdown, with $math$",
  "feed.push.code": "Code for everyone to copy",
  "feed.pushed": "Pushed to the class",
  "feed.remove": "Remove from the feed",
  "feed.removed": "Removed from the feed",
  "feed.copy": "Copy",
  "feed.copied": "Copied",
  "feed.copy.failed": "The browser did not allow copying. Select the text and copy it.",

  // chat
  "chat.none": "Quiet so far",
  "chat.none.text": "Ask a question. Everyone can read it; choose “To teacher” to ask privately.",
  "chat.none.staff": "What people ask and answer appears here.",
  "chat.write": "Write to everyone",
  "chat.write.staff": "Write to the teacher",
  "chat.send": "Send",
  "chat.to": "Who reads it",
  "chat.to.all": "To everyone",
  "chat.to.staff": "To teacher",
  "chat.private": "to teacher",
  "chat.closed": "The chat is closed.",
  "chat.muted": "The chat is closed for you.",
  "chat.remove": "Remove this message",
  "chat.removed": "The message was removed",
  "someone": "Someone who left",

  // invite
  "invite.title": "Invite",
  "invite.say": "Say this code",
  "invite.scan": "Scan to join",
  "invite.show": "Show a spoken code",
  "invite.hide": "Hide the code",
  "invite.copy": "Copy link",
  "invite.copied": "The join link is copied",
  "invite.rotate": "New link and code",
  "invite.rotated": "Old links work no more. People who are in stay in.",
  "invite.fold": "Hide the invitation",
  "invite.unfold": "Show the invitation",
  "invite.qr": "QR code of the join link",
  "invite.none": "The join link is not known here. Run the cell again.",
  "invite.open": "People may join",
  "invite.more": "Show the invitation",
  "invite.large": "Show large",

  // export
  "export.title": "Export the board",
  "export.menu": "Export…",
  "export.open": "Export",
  "export.what": "What",
  "export.page": "This page",
  "export.all": "Pages",
  "export.selection": "Selection ({count})",
  "export.format": "Format",
  "export.kind.pdf": "PDF",
  "export.kind.png": "PNG",
  "export.kind.svg": "SVG",
  "export.kind.notebook": "Notebook",
  "export.kind.replay": "Replay",
  "export.more": "Size and colours",
  "export.type": "File type",
  "export.size": "Size",
  "export.size.1": "Screen",
  "export.size.2": "Sharp",
  "export.size.4": "Print",
  "export.theme": "Colours",
  "export.theme.light": "Light",
  "export.theme.dark": "Dark",
  "export.speed": "Speed",
  "export.times": "{value}×",
  "export.cut": "Cut pauses",
  "export.width": "Pixels across",
  "export.copy": "Private copies",
  "export.copy.none": "The worksheet alone",
  "export.waiting": "Getting ready",
  "export.frame": "Drawing picture {number} of {count}",
  "export.missing":
    "The file is saved. No font here has {glyphs}: boxes stand in their place. Installing a font that has them helps.",
  "export.pages": { one: "{count} page", other: "{count} pages" },
  "export.chosen": "{count} of {all} pages",
  "export.go": "Export",
  "export.busy": "Exporting…",
  "export.drawing": "Drawing page {number} of {count}",
  "export.done": "The board is exported",
  "export.failed": "The board could not be exported. Try again, or with fewer pages.",
  "export.none": "Choose at least one page.",
  "export.pick": "Page {number}",

  // notices
  "refused.draw-locked.by": "Drawing is off for you, so your stroke was taken back.",
  "refused.name-taken": "Someone here is called {name}. Add an initial?",
  "refused.other": "That was not accepted, so it was taken back.",

  // keys
  "keys.title": "Keyboard shortcuts",
  "keys.draw": "Draw",
  "keys.select": "Select",
  "keys.things": "Next, previous thing",
  "keys.all": "Everything on the page",
  "keys.nudge": "Nudge; with Shift, farther",
  "keys.group": "Group; with Shift, ungroup",
  "keys.arrange": "Backward, forward",
  "keys.lock": "Lock, unlock",
  "keys.delete": "Del",
  "keys.move": "Move and edit",
  "keys.class": "Class",
  "keys.colour": "Colour",
  "keys.width": "Thinner, thicker",
  "keys.pan": "Pan",
  "keys.pan.how": "drag",
  "keys.space": "Space",
  "keys.fit": "Zoom to fit",
  "keys.hand": "Raise or lower hand",
  "keys.follow": "Follow the teacher",
  "keys.walk": "Walk the room",
  "keys.call": "Call everyone back",
  "keys.copies": "Previous, next copy",
  "keys.pages": "Next, previous page",
  "keys.tabs": "Feed, chat, people",
  "keys.drawer": "Show or hide the side",
  "keys.regions": "Next region",
  "keys.this": "This list",
  "keys.menu": "Menu",
  "keys.on": "Use the key: {what}",
  "keys.choose": "Switch keys off",
  "keys.choose.some": { one: "{count} key is off: change", other: "{count} keys are off: change" },
  "keys.chosen": "Done",
  "keys.all.on": "Switch all on",
} as const satisfies Record<string, Text>;

export type Key = keyof typeof ENGLISH;
export type Parameters = Readonly<Record<string, unknown>>;

const plural = new Intl.PluralRules("en");
const ordinal = new Intl.PluralRules("en", { type: "ordinal" });
const ORDINAL: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };

/** The text of a key, with its `{parameters}` filled in; `count` chooses between one and many. */
export function t(key: Key, parameters: Parameters = {}): string {
  const text: Text = ENGLISH[key];
  if (typeof text === "string") return fill(text, parameters);
  return fill(plural.select(Number(parameters.count)) === "one" ? text.one : text.other, parameters);
}

/** Fills `{name}` from the parameters; a name that is not given stays out. */
export function fill(text: string, parameters: Parameters): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? ""));
}

/** Is there a text of this key? For keys made of a value that came from elsewhere. */
export function known(key: string): key is Key {
  return Object.hasOwn(ENGLISH, key);
}

const LASTING: ReadonlySet<string> = new Set(["disk-full", "not-saved", "read-only"]);

/** Will what is tried next be refused for the same reason, most likely? */
export function lasts(code: string): boolean {
  return LASTING.has(code);
}

/** What a banner says as long as nothing can be saved: the fact, and what it means. */
export function unsaved(code: string): [string, string] {
  const [fact = "", ...more] = (code === "not-saved" ? t("unsaved.other") : refusal(code, {})).split(
    /(?<=\.) /,
  );
  return [fact, more.join(" ")];
}

/** The sentence for a refused change. */
export function refusal(code: string, parameters: Parameters): string {
  const key = `refused.${code}`;
  if (known(key) && (code !== "name-taken" || parameters.name)) return t(key, parameters);
  return Object.hasOwn(REFUSALS, code) ? fill(REFUSALS[code]!, parameters) : t("refused.other");
}

/** The sentence for a connection that ended for good. */
export function farewell(code: string, reason: string): string {
  return (Object.hasOwn(FAREWELLS, code) ? FAREWELLS[code]!.sentence : "") || reason;
}

/** 1st, 2nd, 3rd … */
export function nth(place: number): string {
  return `${place}${ORDINAL[ordinal.select(place)] ?? "th"}`;
}

/** A time of day as on a school clock: 10:04. */
export function clock(milliseconds: number): string {
  const at = new Date(milliseconds);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

/** How long ago, in the few words that fit beside a name: now, 2 min, 1 h. */
export function ago(since: number, now: number): string {
  const minutes = Math.max(0, Math.floor((now - since) / 60_000));
  if (minutes < 1) return "now";
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** How long a lesson has been going on: 32:10, 1:02:10. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** What to call a teacher in a sentence: by their first name, and "your teacher" while they have given none. */
export function callTeacher(name: string | undefined): string {
  const unnamed = !name || new RegExp(`^${t("role.teacher")}( \\d+)?$`).test(name);
  return unnamed ? t("follow.teacher") : firstName(name);
}

/** Two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters =
    words.length > 1 ? [words[0]!, words[words.length - 1]!] : [...(words[0] ?? "?")].slice(0, 2);
  return letters
    .map((word) => [...word][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
