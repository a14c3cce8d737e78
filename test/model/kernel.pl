# Lets the running kernel decide cases of kernel-oracle.test.ts. Runs as root of a user namespace
# of its own, in an empty directory that is its root; binfmt_misc is mounted at /bm.
# Reads a JSON array of cases on stdin, writes a JSON array of answers. Byte strings are JSON
# strings of code points 0 to 255.
use strict;
use warnings;
use Errno;
use Fcntl;
use JSON::PP;
use MIME::Base64;
use POSIX ();

my $EXECVE = { x86_64 => 59, aarch64 => 221 }->{(POSIX::uname())[4]};
my $FAILED = 255;

sub errno_name { return (sort grep { $!{$_} } keys %!)[0] // "errno " . ($! + 0) }

sub bytes { my ($text) = @_; utf8::downgrade($text); return $text }

sub write_once {
    my ($path, $text) = @_;
    sysopen(my $file, $path, O_WRONLY) or return errno_name();
    my $done = syswrite($file, bytes($text));
    return defined $done ? 'ok' : errno_name();
}

sub read_all {
    my ($path) = @_;
    open(my $file, '<:raw', $path) or return errno_name();
    local $/;
    return scalar <$file>;
}

sub put_file {
    my ($entry) = @_;
    my $path = bytes($entry->{path});
    if ($entry->{kind} eq 'dir') { mkdir $path; chmod 0755, $path; return }
    if ($entry->{kind} eq 'symlink') { symlink bytes($entry->{target}), $path or die "$path: $!"; return }
    open(my $file, '>:raw', $path) or die "$path: $!";
    print $file decode_base64($entry->{b64});
    close $file;
    chmod oct($entry->{mode}), $path;
}

sub rule_names {
    opendir(my $directory, '/bm') or die "bm: $!";
    return [grep { !/^(?:\.|\.\.|register|status)\z/ } readdir $directory];
}

sub run {
    my ($exec) = @_;
    pipe(my $reader, my $writer) or die;
    my $child = fork() // die;
    if ($child == 0) {
        POSIX::dup2(fileno($writer), 1);
        my $path = bytes($exec->{path});
        my @argv = map { bytes($_) } @{$exec->{argv}};
        my @env = ('E=1');
        # "+ 0": the number must not have been used as a string.
        syscall($EXECVE + 0, $path, pack('p*', @argv, undef), pack('p*', @env, undef));
        my $name = errno_name();
        syswrite(STDOUT, $name);
        POSIX::_exit($FAILED);
    }
    close $writer;
    my $output = do { local $/; <$reader> };
    waitpid $child, 0;
    return {errno => $output} if ($? >> 8) == $FAILED;
    return {errno => 'ok', status => $? >> 8, signal => $? & 127, output => $output};
}

sub decide {
    my ($case) = @_;
    put_file($_) for @{$case->{files}};
    my @errnos = map { write_once('/bm/' . bytes($_->{file}), $_->{text}) } @{$case->{writes}};
    my $names = rule_names();
    my %answer = (errnos => \@errnos, names => $names);
    $answer{rules} = [map { read_all("/bm/$_") } @$names];
    $answer{result} = run($case->{exec}) if $case->{exec};
    write_once('/bm/status', '-1');
    write_once('/bm/status', '1');
    for my $entry (reverse @{$case->{files}}) {
        my $path = bytes($entry->{path});
        $entry->{kind} eq 'dir' ? rmdir $path : unlink $path;
    }
    return \%answer;
}

my ($root) = @ARGV;
chroot $root or die "chroot: $!";
mkdir "/$_" for qw(w i c nosuid noexec o dev proc);
chdir '/w' or die "chdir: $!";
umask 0;
my $input = do { local $/; <STDIN> };
my @answers = map { decide($_) } @{decode_json($input)};
print JSON::PP->new->ascii->encode(\@answers);
