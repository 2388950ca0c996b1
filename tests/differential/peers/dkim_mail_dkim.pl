# Mail::DKIM over the messages of the judge: one message a line in, its results a line out.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Wire;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;

$| = 1;
binmode STDIN;
local $SIG{__WARN__} = sub { };
my $resolver = Wire->new;
Mail::DKIM::DNS::resolver($resolver);
while ( my $line = <STDIN> ) {
    chomp $line;
    my ( $raw, @rest ) = split /\t/, $line, -1;
    $resolver->{zone} = Wire::zone(@rest);
    $raw = Wire::unescaped($raw);
    my $details = '';
    my $results = eval {
        local $SIG{ALRM} = sub { die "hang\n" };
        alarm 10;
        my $verifier = Mail::DKIM::Verifier->new;
        $verifier->PRINT($raw);
        $verifier->CLOSE;
        my @signatures = $verifier->signatures;
        alarm 0;
        my @words = map { $_->result || 'none' } @signatures;
        $details = join '/', map { $_->result_detail || '' } @signatures;
        join ',', map { $_ eq 'pass' ? 'pass' : $_ eq 'temperror' ? 'temperror' : 'fail' } @words;
    };
    alarm 0;
    $results = $@ =~ /^hang/ ? 'hang' : 'raise' if !defined $results;
    $results = 'none' if $results eq '';
    $details =~ s/[^ -~]/?/g;
    print "$results:$details\n";
}
