//! Completions for shells, from the table of options.

use super::options::{ACTIONS, FLAGS, Flag, Usage};
use crate::command::Registry;

/// The completions of a shell.
pub fn script(shell: &str, registry: Registry) -> Result<String, Usage> {
    Ok(match shell {
        "bash" => bash(registry),
        "zsh" => zsh(registry),
        "fish" => fish(registry),
        other => {
            return Err(Usage(format!(
                "completions for bash, zsh or fish, not `{other}`"
            )));
        }
    })
}

fn topics(registry: Registry) -> String {
    let mut topics: Vec<&str> = registry.names().collect();
    topics.extend(["functions", "scanpy", "seurat"]);
    topics.join(" ")
}

fn words<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(" ")
}

fn bash(registry: Registry) -> String {
    let actions = words(ACTIONS.iter().map(|action| action.name));
    let flags: Vec<String> = FLAGS.iter().map(|it| format!("--{}", it.name)).collect();
    format!(
        r#"_sca() {{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    case ${{COMP_WORDS[1]}} in
        help) COMPREPLY=($(compgen -W "{topics}" -- "$word")); return ;;
        completions) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "{flags}" -- "$word"))
    elif [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W "{actions}" -- "$word") $(compgen -f -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _sca sca
"#,
        topics = topics(registry),
        flags = flags.join(" "),
    )
}

fn zsh(registry: Registry) -> String {
    let actions: String = ACTIONS
        .iter()
        .map(|action| format!("        '{}:{}'\n", action.name, action.about))
        .collect();
    let flags: String = FLAGS.iter().map(zsh_flag).collect();
    format!(
        r#"#compdef sca
_sca() {{
    local -a actions
    actions=(
{actions}    )
    case ${{words[2]}} in
        help) compadd -- {topics}; return ;;
        completions) compadd bash zsh fish; return ;;
    esac
    _arguments \
{flags}        '1: :{{ _describe action actions; _files }}' \
        '*:file:_files'
}}
_sca "$@"
"#,
        topics = topics(registry),
    )
}

fn zsh_flag(flag: &Flag) -> String {
    let about = flag.about.replace(':', "\\:");
    let value = flag.value.map(|it| format!(":{it}:")).unwrap_or_default();
    format!("        '--{}[{about}]{value}' \\\n", flag.name)
}

fn fish(registry: Registry) -> String {
    let mut script = String::new();
    for action in ACTIONS {
        script += &format!(
            "complete -c sca -n __fish_use_subcommand -a {} -d '{}'\n",
            action.name, action.about
        );
    }
    for flag in FLAGS {
        let short = flag.short.map(|c| format!(" -s {c}")).unwrap_or_default();
        let value = flag.value.map_or("", |_| " -x");
        script += &format!(
            "complete -c sca -l {}{short}{value} -d '{}'\n",
            flag.name, flag.about
        );
    }
    script += &format!(
        "complete -c sca -n '__fish_seen_subcommand_from help' -f -a '{}'\n",
        topics(registry)
    );
    script +=
        "complete -c sca -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish'\n";
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;

    #[test]
    fn every_action_and_option_is_in_every_shell() {
        for script in [bash(COMMANDS), zsh(COMMANDS), fish(COMMANDS)] {
            for action in ACTIONS {
                assert!(script.contains(action.name), "{}", action.name);
            }
            for flag in FLAGS {
                assert!(script.contains(flag.name), "{}", flag.name);
            }
            assert!(script.contains("seurat"));
        }
    }

    #[test]
    fn texts_stay_inside_their_quotes() {
        for about in FLAGS
            .iter()
            .map(|it| it.about)
            .chain(ACTIONS.iter().map(|it| it.about))
        {
            assert!(!about.contains(['\'', '[', ']']), "{about}");
        }
    }
}
