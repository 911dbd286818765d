//! What is to be printed, with the places where lines may be broken, and how it is fitted to
//! the width of a line.

/// Lines longer than this are broken where they can be.
pub const WIDTH: usize = 80;

#[derive(Debug, Clone, PartialEq)]
pub enum Doc {
    Text(String),
    Join(Vec<Doc>),
    Brackets(Brackets),
    Chain(Chain),
}

/// Items between brackets: on one line, or each on a line of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Brackets {
    pub open: &'static str,
    pub close: &'static str,
    /// A comma is between the items.
    pub comma: bool,
    pub items: Vec<Item>,
    /// Comments after the last item.
    pub tail: Vec<String>,
    /// Broken whatever its width.
    pub forced: bool,
}

/// Operands with the same mark between them; broken before each mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// `|`, `and` or `or`.
    pub mark: &'static str,
    /// How far the marks are indented more than the first operand's line is, and what follows
    /// a mark more than the mark.
    pub hang: usize,
    pub items: Vec<Item>,
    pub forced: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Comments on lines of their own before it.
    pub before: Vec<String>,
    pub doc: Doc,
    /// A comment at the end of its line.
    pub after: Option<String>,
}

impl Item {
    fn commented(&self) -> bool {
        !self.before.is_empty() || self.after.is_some()
    }
}

pub fn text(text: impl Into<String>) -> Doc {
    Doc::Text(text.into())
}

/// Prints the document; lines after the first are indented by at least `indent`.
pub fn render(doc: &Doc, indent: usize) -> String {
    let mut printer = Printer {
        out: " ".repeat(indent),
        column: indent,
    };
    printer.print(doc, indent, 0);
    printer.out
}

/// The width on one line, unless it must be broken.
fn width(doc: &Doc) -> Option<usize> {
    match doc {
        Doc::Text(text) => Some(text.chars().count()),
        Doc::Join(docs) => docs.iter().map(width).sum(),
        Doc::Brackets(it) => {
            let between = if it.comma { 2 } else { 0 };
            let free = !it.forced && it.tail.is_empty();
            let items = items_width(&it.items, between).filter(|_| free)?;
            Some(it.open.len() + items + it.close.len())
        }
        Doc::Chain(it) => items_width(&it.items, it.mark.len() + 2).filter(|_| !it.forced),
    }
}

fn items_width(items: &[Item], between: usize) -> Option<usize> {
    let each = |item: &Item| width(&item.doc).filter(|_| !item.commented());
    let sum: usize = items.iter().map(each).sum::<Option<usize>>()?;
    Some(sum + between * items.len().saturating_sub(1))
}

struct Printer {
    out: String,
    column: usize,
}

impl Printer {
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.push_str(&" ".repeat(indent));
        self.column = indent;
    }

    /// Prints with `rest` more columns to come on the last line.
    fn print(&mut self, doc: &Doc, indent: usize, rest: usize) {
        let fits = width(doc).is_some_and(|width| self.column + width + rest <= WIDTH);
        match doc {
            Doc::Text(text) => self.write(text),
            Doc::Join(docs) => {
                for (at, doc) in docs.iter().enumerate() {
                    self.print(doc, indent, rest + unbreakable(&docs[at + 1..]));
                }
            }
            Doc::Brackets(it) if fits => {
                self.write(it.open);
                self.flat(&it.items, if it.comma { ", " } else { "" }, indent);
                self.write(it.close);
            }
            Doc::Brackets(it) => self.brackets(it, indent),
            Doc::Chain(it) if fits => self.flat(&it.items, &format!(" {} ", it.mark), indent),
            Doc::Chain(it) => self.chain(it, indent),
        }
    }

    fn flat(&mut self, items: &[Item], between: &str, indent: usize) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.write(between);
            }
            self.print(&item.doc, indent, 0);
        }
    }

    fn brackets(&mut self, it: &Brackets, indent: usize) {
        self.write(it.open);
        for item in &it.items {
            self.before(item, indent + 2);
            self.line(indent + 2);
            self.print(&item.doc, indent + 2, 1);
            if it.comma {
                self.write(",");
            }
            self.after(item);
        }
        for comment in &it.tail {
            self.line(indent + 2);
            self.write(comment);
        }
        self.line(indent);
        self.write(it.close);
    }

    fn chain(&mut self, it: &Chain, indent: usize) {
        for (at, item) in it.items.iter().enumerate() {
            let margin = if at > 0 { indent + it.hang } else { indent };
            self.before(item, margin);
            if at > 0 {
                self.line(margin);
                self.write(&format!("{} ", it.mark));
            }
            self.print(&item.doc, margin + if at > 0 { it.hang } else { 0 }, 0);
            self.after(item);
        }
    }

    fn before(&mut self, item: &Item, indent: usize) {
        for comment in &item.before {
            self.line(indent);
            self.write(comment);
        }
    }

    fn after(&mut self, item: &Item) {
        if let Some(comment) = &item.after {
            self.write(&format!("  {comment}"));
        }
    }
}

/// Columns up to the first place where the line may be broken.
fn unbreakable(docs: &[Doc]) -> usize {
    let mut columns = 0;
    for doc in docs {
        match doc {
            Doc::Text(text) => columns += text.chars().count(),
            Doc::Join(docs) => {
                columns += unbreakable(docs);
                if docs.iter().any(|it| !matches!(it, Doc::Text(_))) {
                    return columns;
                }
            }
            Doc::Brackets(it) => return columns + it.open.len(),
            Doc::Chain(_) => return columns,
        }
    }
    columns
}
