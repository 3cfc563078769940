import ArgumentParser

@main
struct Trustctl: ParsableCommand {
    func run() throws {}
}
