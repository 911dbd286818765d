//! The program: see [`sca::cli`].

fn main() -> std::process::ExitCode {
    sca::cli::main()
}
