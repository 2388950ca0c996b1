package Wire;
# How the judge writes a field, and a resolver that knows its zones only.
use strict;
use warnings;
use Net::DNS;
use Net::DNS::Packet;
use Net::DNS::RR;

sub unescaped {
    my ($field) = @_;
    $field =~ s/%([0-9A-F]{2})/chr hex $1/ge;
    return $field;
}

# The zone of a line: { "name TYPE" => [data...] }, and "name" for those that exist.
sub zone {
    my (@rest) = @_;
    my %zone;
    while ( my ( $name, $type, $data ) = splice @rest, 0, 3 ) {
        $name = lc unescaped($name);
        $zone{$name} = 1;
        push @{ $zone{"$name $type"} }, [ map { unescaped($_) } split /\|/, $data, -1 ];
    }
    return \%zone;
}

sub new { return bless { zone => {}, error => '' }, shift }

sub errorstring { return $_[0]{error} }

sub record {
    my ( $name, $type, @data ) = @_;
    my %common = ( name => $name, type => $type, ttl => 300, class => 'IN' );
    return Net::DNS::RR->new( %common, address => $data[0] ) if $type eq 'A' || $type eq 'AAAA';
    return Net::DNS::RR->new( %common, ptrdname => $data[0] ) if $type eq 'PTR';
    if ( $type eq 'MX' ) {
        my ( $preference, $exchange ) = split / /, $data[0], 2;
        return Net::DNS::RR->new( %common, preference => $preference, exchange => $exchange );
    }
    return Wire::Text->new(@data);
}

sub send {
    my ( $self, $name, $type ) = @_;
    my $packet = Wire::Packet->new;
    my $key = lc $name;
    $key =~ s/\.$//;
    if ( $self->{zone}{"$key FAIL"} ) {
        $self->{error} = 'SERVFAIL';
        $packet->{rcode} = 'SERVFAIL';
        return $packet;
    }
    $self->{error} = 'NOERROR';
    $packet->{rcode} = 'NXDOMAIN' unless $self->{zone}{$key};
    $packet->{answer} = [ map { record( $name, $type, @$_ ) } @{ $self->{zone}{"$key $type"} || [] } ];
    return $packet;
}

sub query { my $self = shift; return $self->send(@_) }

# TXT data as octets: what Net::DNS makes of presentation format is not what is under test.
package Wire::Text;
sub new { my $class = shift; return bless [@_], $class }
sub type { return 'TXT' }
sub txtdata { return wantarray ? @{ $_[0] } : join ' ', @{ $_[0] } }
sub char_str_list { return @{ $_[0] } }

package Wire::Packet;
sub new { return bless { rcode => 'NOERROR', answer => [] }, shift }
sub header { return $_[0] }
sub rcode { return $_[0]{rcode} }
sub answer { return @{ $_[0]{answer} } }

1;
