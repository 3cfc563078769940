package import Certificates
import Host
package import SystemPackage
package import TrustCore

/// The folder against which Exim verifies the clients of a CA: it holds that CA's certificate and nothing else.
package struct AuthorityFolder {
    package let path: FilePath

    package init(_ configuration: Configuration) { path = ResolvedPath(orAsWritten: configuration.authority).filePath }

    /// All certificates in it, also of files with several: Exim loads them all. What cannot be read is left out.
    package var certificates: [Certificate] { files.flatMap { Certificate.all(inPEM: Self.bytes(of: $0)) } }

    /// The CA; nil unless it is alone.
    package var authority: Certificate? {
        let found = certificates
        return found.count == 1 ? found[0] : nil
    }

    /// Files in it that hold a private key.
    package var keys: [FilePath] { files.filter { PEM.mentionsPrivateKey(Self.bytes(of: $0)[...]) } }

    private var files: [FilePath] { ((try? Folder(path).names()) ?? []).sorted().map { path.appending($0) } }

    private static func bytes(of file: FilePath) -> [UInt8] { ((try? LocalFileSystem().contents(of: file)) ?? nil) ?? [] }
}
