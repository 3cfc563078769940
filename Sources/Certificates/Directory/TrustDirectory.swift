import Glibc
import Host
package import SystemPackage
package import TrustCore

/// The certificates in a trust directory: ours, or the one of an operator who followed the published recipe, such as /etc/ssl/certs with
/// hundreds of links and a bundle or two.
///
/// The directory is root's, unlike the queue: links in it are followed, and a file that is not a certificate is skipped.
package enum TrustDirectory {
    package struct File: Equatable, Sendable {
        package let name: String
        package let certificate: Certificate
    }

    /// All names in the directory; none when it is missing or unreadable.
    package static func names(in directory: FilePath) -> [String] { (try? Folder(directory, followingLink: true).names()) ?? [] }

    /// Whether programs other than Exim trust what is in `directory`: distributions keep the host's authorities there.
    package static func isShared(_ directory: FilePath) -> Bool {
        let shared: [FilePath] = [
            "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
            "/usr/lib/ssl",
            "/usr/local/share/certs", "/usr/share/pki",
        ]
        return shared.contains { directory.starts(with: $0) } || directory.starts(with: systemDirectory)
    }

    /// The certificates by their fingerprints; none when the directory is missing. Bundles of several certificates are skipped.
    ///
    /// With `wanted` only these are read: hashing a file costs almost nothing, reading its key with OpenSSL does.
    package static func certificates(in directory: FilePath, only wanted: Set<Fingerprint>? = nil) throws(SystemError) -> [Fingerprint:
        File]
    {
        let descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let error = SystemError("open", directory)
            if error.isMissing { return [:] }
            throw error
        }
        guard let stream = fdopendir(descriptor) else {
            let error = SystemError("open", directory)
            close(descriptor)
            throw error
        }
        defer { closedir(stream) }

        var found: [Fingerprint: File] = [:]
        for name in candidates(among: try names(stream, directory), in: descriptor) {
            guard let bytes = contents(of: name, in: descriptor), let der = try? Certificate.der(in: bytes) else { continue }
            if let wanted {
                guard let digest = try? Fingerprint(of: der), wanted.contains(digest) else { continue }
            }
            guard let certificate = try? Certificate(der: der) else { continue }
            // If a certificate has two names, our own name is the more useful one.
            let fingerprint = certificate.fingerprint
            if found[fingerprint] == nil || name == "\(fingerprint).pem" {
                found[fingerprint] = File(name: name, certificate: certificate)
            }
        }
        return found
    }

    /// The names worth opening, in order. A hash link to a file that is among them would only give the same certificate again.
    private static func candidates(among names: [String], in descriptor: CInt) -> [String] {
        let files = names.filter { name in [".pem", ".crt", ".cer"].contains { name.hasSuffix($0) } }
        let known = Set(files)
        let links = names.filter { name in isHashLink(name) && !(target(of: name, in: descriptor).map(known.contains) ?? false) }
        return files.sorted() + links.sorted()
    }

    /// A name as OpenSSL looks it up, e.g. `9d04f354.0`.
    private static func isHashLink(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return parts.count == 2 && parts[0].count == 8 && !parts[1].isEmpty && parts[1].allSatisfy(digits.contains)
            && parts[0].allSatisfy { digits.contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }

    private static func target(of name: String, in descriptor: CInt) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { space in
            space.baseAddress.map { readlinkat(descriptor, name, $0.assumingMemoryBound(to: CChar.self), space.count) } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func names(_ stream: OpaquePointer, _ directory: FilePath) throws(SystemError) -> [String] {
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        guard errno == 0 else { throw SystemError("readdir", directory) }
        return names
    }

    /// The bytes behind a name in `directory`, through links; nil for anything but a readable regular file of a certificate's size.
    static func contents(of name: String, in directory: FilePath) -> [UInt8]? {
        let descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return contents(of: name, in: descriptor)
    }

    /// Nil for anything but a readable regular file of a certificate's size.
    private static func contents(of name: String, in descriptor: CInt) -> [UInt8]? {
        let file = openat(descriptor, name, WholeFile.flags)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return WholeFile.contents(of: file, limit: Certificate.maximumFileSize).flatMap { $0.isEmpty ? nil : $0 }
    }
}
