import SystemPackage
import Testing

@testable import EximControl

@Suite("DaemonArguments")
struct DaemonArgumentsTests {
    @Test(
        "the options of a daemon are repeated when it is started again",
        arguments: [
            ["-bd"], ["-bd", "-q30m"], ["-bdf", "-q1h30m"], ["-C", "/etc/exim.conf", "-bd", "-q"], ["-C/etc/exim.conf", "-bd"],
            ["-bd", "-q30m", "-oP", "/run/exim.pid"], ["-v", "-bd"],
        ])
    func repeated(_ arguments: [String]) {
        let flags = arguments.filter { !$0.hasPrefix("-C") && $0 != "/etc/exim.conf" }
        for configuration in [nil, FilePath("/etc/exim/ours.conf")] {
            #expect(
                DaemonArguments(["exim"] + arguments).repeated(configuration: configuration, pidFile: "/run/exim.pid")
                    == (configuration.map { ["-C", $0.string] } ?? []) + flags)
        }
    }

    @Test("a decoy's -C, pid file and port are never used to start Exim")
    func decoysValues() {
        let ours: FilePath = "/etc/exim/ours.conf"
        #expect(
            DaemonArguments(["exim", "-C", ours.string, "-C", "/proc/1/cmdline", "-bdf"]).repeated(configuration: ours, pidFile: nil)
                == ["-C", ours.string, "-bdf"])
        #expect(DaemonArguments(["exim", "-bd", "-oP", "/etc/nologin"]).repeated(configuration: ours, pidFile: "/run/exim.pid") == nil)
        #expect(DaemonArguments(["exim", "-bd", "-oX", "25"]).repeated(configuration: ours, pidFile: nil) == nil)
    }

    @Test(
        "options that a decoy could use to make root start something else are refused",
        arguments: [
            ["-bd", "-be", "${run{/bin/sh}}"], ["-be"], ["-bd", "-D", "X=y"], ["-bd", "-DX=y"], ["-bd", "-qR", "x"], ["-bd", "-qff"],
            ["-bd", "-oA", "/x"], ["-bd", "-oMr", "x"], ["-bd", "-bP", "config"], ["-bd", "-d+all"], ["-bd", "root@localhost"],
            ["-bd", "-C"],
            ["-bd", "-oX"], ["-bd", "-oP"], ["-ps", "/x"], ["-bd", ""], ["-bd", "--", "-be"], ["-bd", "-q\u{0663}m"], ["-bt", "x"],
            ["-Mrm", "x"], ["-bd", "-X", "/x"], ["-bdf", "-oPX"], ["-bd", "-q30m/queue"],
        ])
    func decoy(_ arguments: [String]) {
        #expect(DaemonArguments(["exim"] + arguments).repeated(configuration: nil, pidFile: nil) == nil)
    }

    @Test("the last -C of a daemon names its configuration") func option() {
        let option = { DaemonArguments($0).configuration }
        #expect(option(["exim", "-bd"]) == nil)
        #expect(option(["exim", "-C", "/a", "-bd"]) == "/a")
        #expect(option(["exim", "-bd", "-C/a"]) == "/a")
        #expect(option(["exim", "-C"]) == nil)
        #expect(option(["exim", "-C", "/a", "-C", "/b"]) == "/b")
        #expect(option([]) == nil)
    }
}
