import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The folder of a list in folder form, as it is on the disk: Exim trusts every client whose fingerprint is a name in it, whatever bears that
/// name (src/lookups/dsearch.c looks with lstat).
///
/// Only root writes there, and still each name is doubted: a backup, a person or a configuration tool may have put anything into it.
package struct ApprovedFolder {
    package let path: FilePath

    /// What is in it.
    package struct Names {
        package let path: FilePath
        /// In their order. A link or a folder of such a name is among them, since Exim trusts it.
        package let fingerprints: [Fingerprint]
        /// What should not be there, in the order of the names.
        package let oddities: [Oddity]
    }

    /// Something that trustctl has not put there.
    package enum Oddity: Equatable {
        /// A link, a folder or something else that has a fingerprint's name. It is not followed.
        case notAFile(Fingerprint)
        /// The digest of no certificate.
        case noCertificate(String)
        /// It matches no client.
        case notAFingerprint(String)

        package var name: String {
            switch self {
            case .notAFile(let fingerprint): fingerprint.description
            case .noCertificate(let name), .notAFingerprint(let name): name
            }
        }

        /// What is wrong with it. Safe to print.
        package var problem: String {
            switch self {
            case .notAFile(let fingerprint): "\(fingerprint) is not a regular file, and exim trusts its name all the same"
            case .noCertificate(let name): "\(name) is the digest of no certificate: where the ACL does not check, everybody may relay"
            case .notAFingerprint(let name):
                "“\(Printable(name, limit: 80))” is not a fingerprint of 64 upper-case digits, and matches nobody"
            }
        }
    }

    /// Throws when it is missing, no folder, or not root's alone.
    package init(_ path: FilePath) throws(Failure) {
        try Self.check(path)
        self.path = path
    }

    /// Whether Exim trusts this name. What cannot be looked for counts as found: nobody may be told that it is not trusted.
    package func holds(_ fingerprint: Fingerprint) -> Bool {
        var status = stat()
        return lstat(path.appending(fingerprint.description).string, &status) == 0 || errno != ENOENT
    }

    /// All that is in it: reads as long as there are names.
    package func names() throws(Failure) -> Names {
        var found: [Fingerprint] = []
        var odd: [Oddity] = []
        do throws(SystemError) {
            for (name, isFile) in try Folder(path).kinds() {
                do throws(FingerprintError) {
                    let fingerprint = try Fingerprint(exactly: name.utf8)
                    found.append(fingerprint)
                    if !isFile { odd.append(.notAFile(fingerprint)) }
                } catch {
                    switch error {
                    case .noCertificate: odd.append(.noCertificate(name))
                    case .malformed: odd.append(.notAFingerprint(name))
                    }
                }
            }
        } catch { throw Failure(error) }
        return Names(path: path, fingerprints: found.sorted(), oddities: odd.sorted { $0.name < $1.name })
    }

    /// Throws when somebody other than root could decide what is in it, or it is not there: then Exim defers mail (451).
    package static func check(_ path: FilePath) throws(Failure) {
        var status = stat()
        guard lstat(path.string, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw Failure(SystemError("stat", path)) }
            throw Failure(
                "the folder \(path), into which exim looks for approved certificates, is missing", .notSound,
                hint: "`install -d -m 0755 -o root \(path)` makes an empty one, with which nobody is approved; or restore a backup")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            let what = status.st_mode & S_IFMT == S_IFLNK ? "a link" : "not a folder"
            throw Failure(
                "\(path), into which exim looks for approved certificates, is \(what)", .notSound,
                hint: "find out what put it there; it must be a folder of root's")
        }
        do { try Ownership.check(ResolvedPath(orAsWritten: path).filePath) } catch {
            throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
        }
    }

}

extension ApprovedFolder.Names {
    /// Throws when something is in it that trustctl has not put there: nobody is approved then. Whoever stole a key is revoked all the same,
    /// unless it is his own name that is no file.
    package func requireOrder(adding: [Fingerprint], removing: [Fingerprint]) throws(Failure) {
        if !adding.isEmpty || oddities.contains(where: { removing.map(ApprovedFolder.Oddity.notAFile).contains($0) }) { try requireOrder() }
    }

    /// Throws when something is in it that trustctl has not put there.
    package func requireOrder() throws(Failure) {
        guard let first = oddities.first(where: { if case .noCertificate = $0 { true } else { false } }) ?? oddities.first else { return }
        let more = oddities.count > 1 ? ", and \(oddities.count - 1) more that should not be there" : ""
        let isPoison = if case .noCertificate = first { true } else { false }
        throw Failure(
            "\(path): \(first.problem)\(more)", isPoison ? .refused : .notSound,
            hint: first.remedy(in: path) + ", then repeat the command")
    }
}

extension ApprovedFolder.Oddity {
    /// What to type.
    package func remedy(in folder: FilePath) -> String {
        let isPlain = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "._-".utf8.contains($0)
        }
        return isPlain && !name.hasPrefix("-")
            ? "remove it: rm -r \(folder.appending(name))" : "look at it with `ls -lb \(folder)`, and remove it"
    }
}
