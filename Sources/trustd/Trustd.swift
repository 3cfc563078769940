import ArgumentParser

@main
struct Trustd: ParsableCommand {
    func run() throws {}
}
