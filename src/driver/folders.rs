//! The folders of configuration and state.

use std::path::PathBuf;

/// `~/.local/state/sca`, or where the desktop says such things belong.
pub fn state() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(folder.join("sca"))
}

/// `~/.config/sca`, likewise.
pub fn config() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".config")))?;
    Some(folder.join("sca"))
}
