import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

/// The code of an invitation: from the terminal without echo, from a file, or from the command line.
enum InvitationCodeArgument {
    static let usage = "a code of an invitation has \(InvitationCode.symbols) letters and digits"

    static func code(_ text: String) throws(Failure) -> InvitationCode {
        do { return try InvitationCode(typed: text) } catch {
            throw Failure("\(error)", .usage, hint: "ask the relay's operator to read it again; O is 0, I and L are 1")
        }
    }

    /// On the command line everybody on this host could read it, and the shell keeps it.
    static func given(_ text: String) throws(Failure) -> InvitationCode {
        let code = try code(text)
        Terminal.note("note: the code now stands in your shell's history; it is good once, and only until its end")
        return code
    }

    /// `file` nil: from the terminal; `-`: standard input.
    static func read(_ file: String?) throws(Failure) -> InvitationCode {
        guard let file else { return try code(ask()) }
        if file == "-" { return try code(readLine() ?? "") }
        let bytes: [UInt8]?
        do { bytes = try LocalFileSystem(limit: 4_096).contents(of: ResolvedPath(FilePath(file)).filePath) } catch {
            throw Failure(error.description, error.isNotPermitted ? .notPermitted : .usage)
        }
        guard let bytes else { throw Failure(SystemError("open", FilePath(file), code: ENOENT).description, .usage) }
        return try code(String(decoding: bytes, as: UTF8.self))
    }

    private static func ask() throws(Failure) -> String {
        guard TerminalInput.canBeSilent else {
            throw Failure(
                "there is no terminal to ask for the code on", .usage, hint: "use --code-file FILE, or --code-file - for standard input")
        }
        let typed = try TerminalInput.silentLine(
            "The code that the relay's operator gave you (it is not shown): ", atMost: InvitationCode.maximumSize)
        return String(decoding: typed, as: UTF8.self)
    }
}
