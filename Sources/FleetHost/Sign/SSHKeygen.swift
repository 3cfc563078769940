import Fleet
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// ssh-keygen(1): what signs, with a key file, an agent or a security key. It asks for a passphrase or a touch on the operator's terminal.
package enum SSHKeygen {
    private static let program: FilePath = "/usr/bin/ssh-keygen"

    /// The armoured signature over `text`. `key` is a public key whose private one is beside it or in the agent, or a private key.
    package static func sign(
        _ text: [UInt8], for namespace: String, with key: FilePath, agent: String?
    ) throws(Failure) -> [UInt8] {
        guard LocalFileSystem().exists(program) else {
            throw Failure("\(program) is missing; nothing has changed", .notSound, hint: "apt install openssh-client")
        }
        let input = try memory(text.count)
        let output = try memory(SSHSignature.maximumSize)
        do throws(SystemError) { try input.hold(text) } catch { throw Failure(error) }
        var signing = Program(program, ["-q", "-Y", "sign", "-f", key.string, "-n", namespace])
        signing.agentSocket = agent
        let status: CInt
        do throws(ProgramError) {
            // Its questions and its errors go where the operator looks.
            status = Program.wait(for: try signing.start(input: input.descriptor, output: output.descriptor, error: STDERR_FILENO))
        } catch { throw Failure(error.description, .notSound) }
        let signature = output.written
        guard status == 0, let read = SSHSignature(armoured: signature), read.isOver(text, namespace: namespace)
        else {
            throw Failure(
                "ssh-keygen has not signed with \(key); nothing has changed", .notPermitted,
                hint: "name another key, or load the key into your agent: ssh-add")
        }
        return signature
    }

    private static func memory(_ size: Int) throws(Failure) -> BoundedMemory {
        do throws(SystemError) { return try BoundedMemory(size) } catch { throw Failure(error) }
    }

    /// Makes an Ed25519 key without a passphrase, whose private part only root can read.
    static func makeKey(_ path: FilePath, named name: String) throws(Failure) {
        let made: Program.Result
        do throws(ProgramError) {
            made = try Program(program, ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path.string]).run()
        } catch { throw Failure(error.description, .notSound, hint: "apt install openssh-client") }
        guard made.status == 0 else { throw Failure("ssh-keygen has made no key: \(Printable(made.error.trimmed))", .notSound) }
    }

    /// The public keys in the operator's agent, as ssh-add(1) prints them.
    static func agentKeys(_ socket: String) -> [String] {
        var listing = Program("/usr/bin/ssh-add", ["-L"])
        listing.agentSocket = socket
        listing.timeLimit = .seconds(10)
        guard let listed = try? listing.run(), listed.status == 0 else { return [] }
        return String(decoding: listed.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
