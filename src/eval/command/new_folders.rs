//! Folders that are created for an output file: reported, and removed again if the file is not written.

use crate::diagnostic::{Outcome, code};
use crate::eval::Interpreter;
use crate::io::remote::refuse_to_write;
use crate::source::Span;
use std::path::{Path, PathBuf};

/// The folder of a file that is about to be written. Those that had to be made are removed when this
/// is dropped, unless the file was written.
pub(in crate::eval) struct NewFolders {
    /// Outermost first.
    made: Vec<PathBuf>,
}

impl NewFolders {
    fn of(path: &Path) -> std::io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let missing = folder.ancestors().take_while(|it| {
            let named = !it.as_os_str().is_empty();
            named && !it.exists()
        });
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.reverse();
        let mut folders = NewFolders { made: Vec::new() };
        for folder in missing {
            // `a/..` is there as soon as `a` is.
            if !folder.exists() {
                std::fs::create_dir(&folder)?;
                folders.made.push(folder);
            }
        }
        Ok(folders)
    }

    /// The file was written: what was done, with the folder that was made for it.
    pub fn keep(mut self, done: String) -> String {
        match std::mem::take(&mut self.made).last() {
            Some(folder) => format!("{done} (new folder {})", folder.display()),
            None => done,
        }
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        // A folder that is not empty any more stays.
        for folder in self.made.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl Interpreter<'_> {
    /// A file that is to be written lies on this machine.
    pub(in crate::eval) fn lies_here(&self, path: &Path, span: Span) -> Outcome<()> {
        let Some(refused) = refuse_to_write(path) else {
            return Ok(());
        };
        let headline = format!("{} cannot be written", path.display());
        let cannot = self.error(code::NOT_WRITABLE, headline, span, refused.problem);
        Err(match refused.remedy {
            Some(remedy) => cannot.help(remedy),
            None => cannot,
        })
    }

    /// Makes the folder of a file that is about to be written.
    pub(in crate::eval) fn new_folders(&self, path: &Path, span: Span) -> Outcome<NewFolders> {
        self.lies_here(path, span)?;
        NewFolders::of(path).map_err(|error| {
            let folder = path.parent().unwrap_or(path).display();
            let headline = format!("cannot create the folder {folder}");
            self.error(code::NOT_WRITABLE, headline, span, error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stay_only_with_a_file() {
        let home = std::env::temp_dir().join(format!("sca-folders-{}", std::process::id()));
        let path = home.join("a").join("b").join("x.csv");
        drop(NewFolders::of(&path).unwrap());
        assert!(!home.exists());
        let said = NewFolders::of(&path)
            .unwrap()
            .keep("wrote x.csv".to_owned());
        let folder = path.parent().unwrap();
        assert_eq!(
            said,
            format!("wrote x.csv (new folder {})", folder.display())
        );
        assert!(folder.is_dir());
        let again = NewFolders::of(&path).unwrap();
        assert_eq!(again.keep("wrote x.csv".to_owned()), "wrote x.csv");
        std::fs::remove_dir_all(&home).unwrap();
    }
}
