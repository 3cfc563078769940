package import Fleet
package import FleetCarrier
package import Host
package import SystemPackage
import TrustCore

/// A public key of an operator's, as ssh-keygen(1) writes it: `TYPE BASE64 NAME`. The private one is beside it, in his agent or in a security key.
package struct SigningKey {
    /// What ssh-keygen(1) is told.
    package let file: FilePath
    package let key: SSHKey
    /// The comment; a name in the fleet when it is one.
    package let comment: String
    private var agentLine: String?
    package var identity: Digest? { NamedKey(name: "key", key: key)?.identity }

    package init(_ name: FilePath) throws(Failure) {
        // ssh-keygen(1) runs in another folder.
        let file = ThisProcess.absolute(name)
        var bytes: [UInt8]?
        do throws(SystemError) { bytes = try LocalFileSystem(limit: 16_384).contents(of: file) } catch {
            throw Failure(error.description, error.isNotPermitted ? .notPermitted : .refused)
        }
        guard let bytes else { throw Failure("\(file) does not exist; nothing has changed", .refused, hint: "ssh-keygen -t ed25519") }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.count == 1, let (key, comment) = Self.parsed(lines[0]) else {
            throw Failure(
                "\(file) is no public key of a kind that may sign; nothing has changed", .refused,
                hint: "ssh-ed25519, ecdsa-sha2-nistp256, or one of both in a security key: name the .pub file")
        }
        (self.file, self.key, self.comment) = (file, key, comment)
    }

    /// One that is only in the agent, by a line of ssh-add(1).
    init(inAgent line: String, _ key: SSHKey) {
        (file, self.key, comment, agentLine) = ("the agent's key", key, "", line)
    }

    /// The armoured signature over `text`.
    func sign(_ text: [UInt8], for namespace: String) throws(Failure) -> [UInt8] {
        guard let agentLine else { return try SSHKeygen.sign(text, for: namespace, with: file, agent: ThisProcess.agentSocket) }
        // ssh-keygen(1) wants a file with the public part.
        let path = FilePath("/tmp/trustctl.\(UInt64.random(in: .min ... .max)).pub")
        do throws(SystemError) { try LocalFileSystem().create(path, Array((agentLine + "\n").utf8), like: nil, access: .closed) } catch {
            throw Failure(error)
        }
        defer { try? LocalFileSystem().remove(path) }
        return try SSHKeygen.sign(text, for: namespace, with: path, agent: ThisProcess.agentSocket)
    }

    /// The key and the rest of one line of a `.pub` file.
    static func parsed(_ line: some StringProtocol) -> (SSHKey, comment: String)? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let wire = Base64.decode(Array(words[1].utf8)), let key = SSHKey(wire: wire), key.kind.rawValue == words[0]
        else { return nil }
        return (key, words.count > 2 ? String(words[2]) : "")
    }

    /// It with its name in the fleet: the one that is given, else the comment.
    package func named(_ name: String? = nil) throws(Failure) -> NamedKey {
        guard let named = NamedKey(name: name ?? comment, key: key) else {
            throw Failure(
                "“\(Printable(name ?? comment, limit: 80))” is no name for a key: letters, digits and .@_+-, at most 64", .usage,
                hint: name == nil ? "name it with --name" : nil)
        }
        return named
    }
}
