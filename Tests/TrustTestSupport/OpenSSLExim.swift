/// A real Exim with OpenSSL. Debian's have GnuTLS, so Tests/exim-openssl builds this one from Debian's source, once.
package enum OpenSSLExim {
    private enum Built: Sendable {
        case program(String)
        case failed(String)
    }

    private static let built: Built = {
        do {
            let run = try ProgramRun.run("\(ShippedFiles.project)/Tests/exim-openssl", timeout: .seconds(900))
            return run.exitCode == 0 ? .program(String(run.output.dropLast())) : .failed(run.firstLine)
        } catch { return .failed("\(error)") }
    }()

    /// Why there is none: its source cannot be fetched without a network.
    package static var obstacle: String? { if case .failed(let reason) = built { reason } else { nil } }

    /// Puts it where Exim's user can start it, setuid root as Debian's.
    package static func install(as path: String) throws {
        switch built {
        case .failed(let reason): throw NothingCame(description: reason)
        case .program(let program):
            let copied = try ProgramRun.run("install", ["-m", "4755", program, path])
            guard copied.exitCode == 0 else { throw NothingCame(description: "\(copied)") }
        }
    }
}
