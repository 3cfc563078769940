import ArgumentParser
import Authority
import Certificates
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct AuthorityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Keeps a CA of your own, which issues certificates to clients.",
        discussion: """
            `ca init` makes it, and `setup --trust ca` lets its clients in. `ca sign FP` issues a certificate for the key of one that waits, \
            and Exim hands that over when its client comes again.
            """,
        subcommands: [
            AuthorityInit.self, AuthoritySign.self, AuthorityList.self, AuthorityRevoke.self, AuthorityRenew.self, AuthorityMoveKey.self,
        ])
}

/// Where the CA's key and its passphrase are.
struct AuthorityKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The CA's key, where it was moved away.", valueName: "file"), completion: .file())
    var key: String?
    @OptionGroup var passphrase: PassphraseOptions

    /// The CA with its key.
    func signer(_ authority: OwnAuthority) throws(Failure) -> Identity {
        try authority.signer(key: key.map { ThisProcess.absolute(FilePath($0)) }) { place throws(Failure) in
            try passphrase.known("The passphrase of \(place) (it is not shown): ")
        }
    }
}

/// From where a passphrase is read.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Read the passphrase of the CA's key from this file; - is standard input.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    /// That of a key that exists.
    func known(_ question: String) throws(Failure) -> Passphrase {
        guard let passphraseFile else { return try Self.passphrase(Self.typed(question)) }
        return try Self.passphrase(Self.line(of: passphraseFile))
    }

    /// A new one: typed twice, and long enough that nobody tries them all.
    func new() throws(Failure) -> Passphrase {
        let bytes: [UInt8]
        if let passphraseFile {
            bytes = try Self.line(of: passphraseFile)
        } else {
            bytes = try Self.typed("A passphrase for the CA's key (it is not shown): ")
            guard try Self.typed("The same once more: ") == bytes else {
                throw Failure("these were two passphrases; nothing has changed", .usage)
            }
        }
        let passphrase = try Self.passphrase(bytes)
        guard bytes.count >= Self.shortest else {
            throw Failure("a new passphrase has at least \(Self.shortest) characters; nothing has changed", .usage)
        }
        return passphrase
    }

    private static let shortest = 8

    private static func passphrase(_ bytes: [UInt8]) throws(Failure) -> Passphrase {
        do { return try Passphrase(bytes) } catch { throw Failure("\(error); nothing has changed", .usage) }
    }

    private static func typed(_ question: String) throws(Failure) -> [UInt8] {
        guard TerminalInput.canBeSilent else {
            throw Failure(
                "there is no terminal to ask for the passphrase on; nothing has changed", .usage,
                hint: "use --passphrase-file FILE, or --passphrase-file - for standard input")
        }
        return try TerminalInput.silentLine(question, atMost: Passphrase.longest + 1)
    }

    /// The first line, without its end. What follows is not read: the rest may be an answer.
    private static func line(of file: String) throws(Failure) -> [UInt8] {
        let bytes: [UInt8]
        if file == "-" {
            bytes = TerminalInput.bytes(atMost: Passphrase.longest + 1)
        } else {
            do throws(SystemError) {
                let found = try LocalFileSystem(limit: 65_536).contents(of: ResolvedPath(FilePath(file)).filePath)
                guard let found else { throw SystemError("open", FilePath(file), code: ENOENT) }
                bytes = found
            } catch {
                throw Failure(error.description, error.isNotPermitted ? .notPermitted : .usage)
            }
        }
        var line = Array(bytes.prefix { $0 != 0x0A })
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}
