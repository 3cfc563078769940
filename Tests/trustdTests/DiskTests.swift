import Foundation
import Testing
import TrustCore

/// A real, tiny file system for the state, seen only by the program and the shell that made it, and gone with them: `unshare -m -p`.
@Suite("A disk that is full or read-only")
struct DiskTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("max_per_address = 10000")
        mkdir(sandbox.path + "/state", 0o755)
    }

    /// Runs trustd and `script` in a mount namespace in which the state is a tmpfs of `size`; the script finds trustd's pid in `$pid`.
    func inside(size: String, _ script: String, then: (Running) throws -> Void) throws {
        let text = """
            set -e
            mount -t tmpfs -o size=\(size),mode=755 none \(sandbox.path)/state
            \(script)
            """
        try sandbox.write(text, to: sandbox.path + "/script")
        try then(
            Running(
                ["/usr/bin/unshare", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "/bin/bash", sandbox.path + "/script"]))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: sandbox.path + "/" + name) }

    @Test("a full disk is reported once, and nothing is lost when there is room again") func full() throws {
        let script = """
            head -c 350k /dev/zero > \(sandbox.path)/state/ballast
            \(Sandbox.program) --config \(sandbox.path)/conf & pid=$!
            trap "kill -9 $pid" EXIT
            while [ ! -e \(sandbox.path)/go ]; do sleep 0.02; done
            rm \(sandbox.path)/state/ballast
            while [ $(ls \(sandbox.path)/state/pending | wc -l) -lt 60 ]; do sleep 0.02; done
            while [ $(grep -l '^Sightings: 2$' \(sandbox.path)/state/pending/* | wc -l) -lt 60 ]; do sleep 0.02; done
            cp -r \(sandbox.path)/state/pending \(sandbox.path)/copy
            touch \(sandbox.path)/done
            """
        try inside(size: "512k", script) { running in
            let text = (1...60).map { Log.line($0, address: "192.0.2.1", certificate: String(repeating: "QUJD", count: 700)) }.joined()
            try sandbox.append(text)
            try sandbox.wait("the complaint") { running.error.contains("No space left") }
            try sandbox.append((1...60).map { Log.line($0) }.joined())
            try sandbox.write("", to: sandbox.path + "/go")
            try sandbox.wait("the recovery") { running.error.contains("can be written again") }
            try sandbox.wait("the copy") { exists("done") }
            #expect(running.error.components(separatedBy: "No space left").count == 2, "\(running.error)")
            for number in 1...60 {
                let data = FileManager.default.contents(atPath: "\(sandbox.path)/copy/\(Log.fingerprint(number))") ?? Data()
                let entry = try PendingEntry(decoding: Array(data), name: Log.fingerprint(number))
                #expect(entry.sightings == 2, "\(number)")
            }
        }
    }

    @Test("a read-only state is 78 with a remedy") func readOnly() throws {
        try sandbox.append(Log.line(1))
        let script = """
            mount -o remount,ro \(sandbox.path)/state
            exec \(Sandbox.program) --config \(sandbox.path)/conf
            """
        try inside(size: "512k", script) { running in
            try running.wait()
            #expect(running.status == 78)
            #expect(running.error.contains("Read-only file system") && running.error.contains("trustd: hint: "), "\(running.error)")
        }
    }
}
